//! Posts as people write them, and the four kinds of people a plan is for.

use serde::{Deserialize, Serialize};

use super::text::tight;

/// Whom a plan is for (培训对象).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    poem_openapi::Enum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum TargetRole {
    /// 主要负责人
    Principal,
    /// 安全管理人员
    SafetyManager,
    /// 重点岗位人员
    KeyPost,
    /// 其他从业人员
    Other,
}

impl TargetRole {
    /// All four, in the order reports list them.
    pub const ALL: [Self; 4] = [
        Self::Principal,
        Self::SafetyManager,
        Self::KeyPost,
        Self::Other,
    ];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::SafetyManager => "safety_manager",
            Self::KeyPost => "key_post",
            Self::Other => "other",
        }
    }

    /// The role of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|role| role.word() == word)
            .unwrap_or(Self::Other)
    }
}

const SAFETY: &[&str] = &[
    "安全管理",
    "安全员",
    "安管",
    "安全主管",
    "安全总监",
    "安环",
    "安全科",
    "safety",
];
const KEY: &[&str] = &[
    "重点岗位",
    "特种作业",
    "电工",
    "焊工",
    "焊接",
    "高处",
    "登高",
    "制冷工",
    "危化",
    "危险化学品",
    "动火",
    "受限空间",
    "有限空间",
    "吊装",
    "叉车",
    "key post",
    "welder",
    "electrician",
];
const PRINCIPAL: &[&str] = &[
    "主要负责人",
    "法人",
    "法定代表人",
    "总经理",
    "董事长",
    "厂长",
    "企业负责人",
    "单位负责人",
    "实际控制人",
    "principal",
    "负责人",
];

/// The role a post's name means; a post nobody classed is "other".
#[must_use]
pub fn role(text: &str) -> TargetRole {
    let text = tight(text).to_lowercase();
    let has = |words: &[&str]| {
        words
            .iter()
            .any(|word| text.contains(&word.replace(' ', "")))
    };
    // "安全负责人" is a safety manager, "车间负责人" nobody's principal.
    if has(SAFETY) || text.contains("安全负责人") {
        TargetRole::SafetyManager
    } else if has(KEY) {
        TargetRole::KeyPost
    } else if has(PRINCIPAL)
        && !["车间", "班组", "部门", "项目"]
            .iter()
            .any(|word| text.contains(word))
    {
        TargetRole::Principal
    } else {
        TargetRole::Other
    }
}
