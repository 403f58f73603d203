//! Format parameters of SDP (`a=fmtp`).

/// The value of a parameter, the first of its name: `octet-align` of `octet-align=1; mode-set=7`.
pub fn fmtp_parameter<'a>(fmtp: Option<&'a str>, key: &str) -> Option<&'a str> {
    let parameters = fmtp.unwrap_or_default().split(';');
    let mut pairs = parameters.filter_map(|p| p.trim().split_once('='));
    let (_, value) = pairs.find(|(k, _)| k.trim().eq_ignore_ascii_case(key))?;
    Some(value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_found_whatever_its_case_and_the_blanks_around_it() {
        let fmtp = Some("mode-set=0,2 ; Octet-Align = 1;crc");
        assert_eq!(fmtp_parameter(fmtp, "octet-align"), Some("1"));
        assert_eq!(fmtp_parameter(fmtp, "crc"), None);
        assert_eq!(fmtp_parameter(None, "crc"), None);
    }
}
