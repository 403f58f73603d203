//! Cause values of ITU-T Q.850 and codes of the Warning header (IANA registry "Warning Codes").

/// The causes a gateway or phone puts into a Reason header (RFC 3326 §2), as Q.850 names them.
pub(crate) const CAUSES: &[(u32, &str)] = &[
    (1, "unallocated number"),
    (2, "no route to the transit network"),
    (3, "no route to the destination"),
    (4, "send special information tone"),
    (5, "misdialled trunk prefix"),
    (6, "channel unacceptable"),
    (7, "call awarded and delivered in an established channel"),
    (8, "preemption"),
    (9, "preemption, circuit reserved for reuse"),
    (14, "query on release: ported number"),
    (16, "normal call clearing"),
    (17, "user busy"),
    (18, "no user responding"),
    (19, "no answer from the user"),
    (20, "subscriber absent"),
    (21, "call rejected"),
    (22, "number changed"),
    (23, "redirection to a new destination"),
    (24, "call rejected by a feature at the destination"),
    (25, "exchange routing error"),
    (26, "non-selected user clearing"),
    (27, "destination out of order"),
    (28, "invalid number format"),
    (29, "facility rejected"),
    (30, "response to a status enquiry"),
    (31, "normal, unspecified"),
    (34, "no circuit or channel available"),
    (38, "network out of order"),
    (39, "permanent frame mode connection out of service"),
    (40, "permanent frame mode connection operational"),
    (41, "temporary failure"),
    (42, "switching equipment congestion"),
    (43, "access information discarded"),
    (44, "requested circuit or channel not available"),
    (46, "precedence call blocked"),
    (47, "resource unavailable, unspecified"),
    (49, "quality of service not available"),
    (50, "requested facility not subscribed"),
    (53, "outgoing calls barred within the closed user group"),
    (55, "incoming calls barred within the closed user group"),
    (57, "bearer capability not authorized"),
    (58, "bearer capability not presently available"),
    (
        62,
        "inconsistent outgoing access information and subscriber class",
    ),
    (63, "service or option not available, unspecified"),
    (65, "bearer capability not implemented"),
    (66, "channel type not implemented"),
    (69, "requested facility not implemented"),
    (
        70,
        "only restricted digital information bearer capability is available",
    ),
    (79, "service or option not implemented, unspecified"),
    (81, "invalid call reference value"),
    (82, "identified channel does not exist"),
    (
        83,
        "a suspended call exists, but this call identity does not",
    ),
    (84, "call identity in use"),
    (85, "no call suspended"),
    (86, "the call with the requested identity has been cleared"),
    (87, "user not member of the closed user group"),
    (88, "incompatible destination"),
    (90, "non-existent closed user group"),
    (91, "invalid transit network selection"),
    (95, "invalid message, unspecified"),
    (96, "mandatory information element missing"),
    (97, "message type non-existent or not implemented"),
    (
        98,
        "message not compatible with the call state, or message type non-existent or not implemented",
    ),
    (
        99,
        "information element or parameter non-existent or not implemented",
    ),
    (100, "invalid information element contents"),
    (101, "message not compatible with the call state"),
    (102, "recovery on timer expiry"),
    (103, "parameter non-existent or not implemented, passed on"),
    (110, "message with an unrecognized parameter discarded"),
    (111, "protocol error, unspecified"),
    (127, "interworking, unspecified"),
];

/// The codes of the Warning header: code, name, source.
#[rustfmt::skip]
pub(crate) const WARNINGS: &[(u32, &str, &str)] = &[
    (300, "incompatible network protocol", "RFC 3261 §20.43"),
    (301, "incompatible network address formats", "RFC 3261 §20.43"),
    (302, "incompatible transport protocol", "RFC 3261 §20.43"),
    (303, "incompatible bandwidth units", "RFC 3261 §20.43"),
    (304, "media type not available", "RFC 3261 §20.43"),
    (305, "incompatible media format", "RFC 3261 §20.43"),
    (306, "attribute not understood", "RFC 3261 §20.43"),
    (307, "session description parameter not understood", "RFC 3261 §20.43"),
    (308, "incompatible language specification", "RFC 8373"),
    (330, "multicast not available", "RFC 3261 §20.43"),
    (331, "unicast not available", "RFC 3261 §20.43"),
    (370, "insufficient bandwidth", "RFC 3261 §20.43"),
    (380, "SIPS not allowed", "RFC 5630"),
    (381, "SIPS required", "RFC 5630"),
    (399, "miscellaneous warning", "RFC 3261 §20.43"),
];

/// What a Q.850 cause means.
pub(crate) fn cause_name(cause: u32) -> Option<&'static str> {
    let at = CAUSES.binary_search_by_key(&cause, |row| row.0).ok()?;
    CAUSES.get(at).map(|row| row.1)
}

/// What a Warning code means.
pub(crate) fn warning_name(code: u16) -> Option<&'static str> {
    let at = WARNINGS.binary_search_by_key(&code.into(), |row| row.0);
    WARNINGS.get(at.ok()?).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_names_and_stand_in_order() {
        assert!(CAUSES.is_sorted_by_key(|c| c.0) && WARNINGS.is_sorted_by_key(|c| c.0));
        assert_eq!(cause_name(17), Some("user busy"));
        assert_eq!(
            cause_name(44),
            Some("requested circuit or channel not available")
        );
        assert_eq!(cause_name(15), None);
        assert_eq!(warning_name(302), Some("incompatible transport protocol"));
        assert_eq!(warning_name(381), Some("SIPS required"));
        assert_eq!(warning_name(309), None);
    }
}
