//! What an explanation is for, and of what, as closed lists of words.

use super::vocabulary::vocabulary;

vocabulary! {
    /// For whom an explanation is.
    pub enum ExplainLevel {
        /// Every step, and each special word once.
        Student = "student",
        /// What is unusual, and nothing else.
        Engineer = "engineer",
    }
}

vocabulary! {
    /// What a lesson is about.
    pub enum LessonKind {
        /// A call.
        Call = "call",
        /// A registration.
        Registration = "registration",
        /// Requests outside calls and registrations.
        Requests = "requests",
    }
}
