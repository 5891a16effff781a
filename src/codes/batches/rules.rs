//! What may be done with a batch as it is, and what it did to each of its certificates.

use serde::{Deserialize, Serialize};

/// Certificates of one step of a long application or undoing.
pub const STEP: u64 = 1_000;
/// Certificates a preview shows by name.
pub const SAMPLE: u64 = 20;
/// Letters of a cause.
pub const MAX_CAUSE: usize = 500;

/// Where a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum BatchState {
    /// 待执行：名单已冻结
    Staged,
    /// 执行中
    Applying,
    /// 已执行
    Applied,
    /// 撤回中
    Undoing,
    /// 已撤回
    Undone,
}

impl BatchState {
    const ALL: [Self; 5] = [
        Self::Staged,
        Self::Applying,
        Self::Applied,
        Self::Undoing,
        Self::Undone,
    ];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// The state of a stored word; one that is none counts as undone: nothing more can be done with it.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.word() == word)
            .unwrap_or(Self::Undone)
    }
}

/// What a batch did to one of its certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename = "SuspensionEffect", rename_all = "snake_case")]
pub enum Effect {
    /// 待执行
    Staged,
    /// 已由本批暂停
    Suspended,
    /// 此前已暂停：本批也要求暂停
    Held,
    /// 未动：已撤销或注销
    Skipped,
    /// 已恢复
    Restored,
    /// 撤回时未动：其间另有变动，或另一批仍要求暂停
    Kept,
}

impl Effect {
    /// Every effect.
    pub const ALL: [Self; 6] = [
        Self::Staged,
        Self::Suspended,
        Self::Held,
        Self::Skipped,
        Self::Restored,
        Self::Kept,
    ];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Suspended => "suspended",
            Self::Held => "held",
            Self::Skipped => "skipped",
            Self::Restored => "restored",
            Self::Kept => "kept",
        }
    }

    /// The effect of a stored word; one that is none counts as skipped: nothing is undone by it.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|effect| effect.word() == word)
            .unwrap_or(Self::Skipped)
    }
}

/// Whether a batch is applied or undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Apply,
    Undo,
}

impl Way {
    /// The state while it is done, and when it is done.
    #[must_use]
    pub const fn states(self) -> (BatchState, BatchState) {
        match self {
            Self::Apply => (BatchState::Applying, BatchState::Applied),
            Self::Undo => (BatchState::Undoing, BatchState::Undone),
        }
    }

    /// Which certificates are still to be done.
    #[must_use]
    pub const fn pending(self) -> Effect {
        match self {
            Self::Apply => Effect::Staged,
            Self::Undo => Effect::Suspended,
        }
    }
}

/// What follows from asking for a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is done now.
    Go,
    /// It is being done.
    Running,
    /// It was done, and is answered as done: saying it twice is saying it once.
    Done,
    /// It cannot be done to a batch as it is.
    Refuse,
}

/// What follows from asking for this way. A staged batch that is undone never was applied.
#[must_use]
pub const fn turn(state: BatchState, way: Way) -> Turn {
    use BatchState as B;
    match (way, state) {
        (Way::Apply, B::Staged) | (Way::Undo, B::Staged | B::Applied) => Turn::Go,
        (Way::Apply, B::Applying) | (Way::Undo, B::Undoing) => Turn::Running,
        (Way::Apply, B::Applied) | (Way::Undo, B::Undone) => Turn::Done,
        (Way::Apply, B::Undoing | B::Undone) | (Way::Undo, B::Applying) => Turn::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_asking() {
        use BatchState as B;
        for (state, apply, undo) in [
            (B::Staged, Turn::Go, Turn::Go),
            (B::Applying, Turn::Running, Turn::Refuse),
            (B::Applied, Turn::Done, Turn::Go),
            (B::Undoing, Turn::Refuse, Turn::Running),
            (B::Undone, Turn::Refuse, Turn::Done),
        ] {
            assert_eq!(turn(state, Way::Apply), apply, "apply {state:?}");
            assert_eq!(turn(state, Way::Undo), undo, "undo {state:?}");
        }
    }

    #[test]
    fn words_are_read_back_and_a_strange_one_does_no_harm() {
        for state in BatchState::ALL {
            assert_eq!(BatchState::of_word(state.word()), state);
        }
        for effect in Effect::ALL {
            assert_eq!(Effect::of_word(effect.word()), effect);
        }
        let strange = BatchState::of_word("gone");
        assert_eq!(turn(strange, Way::Apply), Turn::Refuse);
        assert_ne!(Effect::of_word("gone"), Way::Undo.pending());
    }
}
