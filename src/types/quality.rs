//! How quality is told: on which scale, by which arithmetic.

super::vocabulary! {
    /// The scale of a score. Scores of two scales are not compared: the same codec has another on each.
    pub enum QualityScale {
        /// Of telephone speech, 300 to 3400 Hz (ITU-T G.107).
        Narrowband = "narrowband",
        /// Of wideband speech, 50 to 7000 Hz (ITU-T G.107.1).
        Wideband = "wideband",
    }
}

super::vocabulary! {
    /// The arithmetic of a score.
    pub enum MosProfile {
        /// The E-model of ITU-T G.107 and G.107.1.
        G107 = "g107",
        /// The ceilings that courses teach: R = 93.2 - Ie - 0.024 (codec delay + 20 ms).
        Classroom = "classroom",
    }
}
