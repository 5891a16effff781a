//! Why a code has its colour: a stable word, what to say and what to do in both languages, an icon.

use crate::platform::locale::Lang;

/// The colour of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    /// 绿: good.
    Green,
    /// 黄: genuine, but something is to be looked at.
    Yellow,
    /// 红: not to be let in.
    Red,
    /// 灰: nothing can be said.
    Grey,
}

impl Colour {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Grey => "grey",
        }
    }

    /// The colour of a stable word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Green, Self::Yellow, Self::Red, Self::Grey]
            .into_iter()
            .find(|colour| colour.word() == word)
    }
}

/// A reason as it is told.
struct Told {
    reason: Reason,
    colour: Colour,
    word: &'static str,
    icon: &'static str,
    zh: &'static str,
    en: &'static str,
    remedy_zh: &'static str,
    remedy_en: &'static str,
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident $colour:ident $word:literal $icon:literal
        $zh:literal $remedy_zh:literal $en:literal $remedy_en:literal)*) => {
        /// Why a code has its colour. Of several yellow ones the first in this order is the reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[doc = $doc])* $name,)*
        }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            const fn told(self) -> Told {
                match self {
                    $(Self::$name => Told {
                        reason: self,
                        colour: Colour::$colour,
                        word: $word,
                        icon: $icon,
                        zh: $zh,
                        en: $en,
                        remedy_zh: $remedy_zh,
                        remedy_en: $remedy_en,
                    },)*
                }
            }
        }
    };
}

reasons! {
    /// Signature, status, proof and dates are good.
    Valid Green "valid" "check"
        "有效" "可以上岗作业。"
        "Valid" "The holder may do this work."

    /// Not written as one of ours.
    NotOurs Grey "not_ours" "question"
        "不是安全码" "请让持证人打开本县安全码；不要打开码中的网址。"
        "Not a safety code" "Ask for the county's safety code; do not open any address in what you scanned."
    /// There is no bundle to judge by.
    NoBundle Grey "no_bundle" "download"
        "尚无信任包" "请联网打开核验端一次，取得信任包后再扫。"
        "No trust bundle yet" "Go online once so that the verifier fetches its trust bundle, then scan again."
    /// Known to the server, but nobody holds it yet.
    Unclaimed Grey "unclaimed" "hourglass"
        "尚未领码" "请持证人先领取安全码。"
        "Not claimed yet" "The holder has to claim the code first."

    /// Written as one of ours, but not whole or not as the format says.
    Malformed Red "malformed" "broken"
        "码已损坏或被改动" "请刷新后重扫；仍如此则不予放行并上报。"
        "Damaged or altered" "Refresh the code and scan again; if it stays so, refuse and report it."
    /// Names a key that is not in the bundle.
    UnknownKey Red "unknown_key" "key"
        "签发密钥不明" "请更新信任包后重扫；仍如此则按伪造处理。"
        "Signed by an unknown key" "Update the trust bundle and scan again; if it stays so, treat it as forged."
    /// The issuer's or the holder's signature is wrong.
    Forged Red "forged" "forbidden"
        "伪造" "不予放行，记录并上报。"
        "Forged" "Refuse, keep a record and report it."
    /// The issuer's key is revoked.
    KeyRevoked Red "key_revoked" "key"
        "签发密钥已作废" "请持证人重新领码。"
        "The issuing key is revoked" "The holder has to claim the code anew."
    /// Issued when the key was not in force.
    KeyOutOfTime Red "key_out_of_time" "key"
        "签发时间不在密钥有效期内" "不予放行，记录并上报。"
        "Issued while its key was not in force" "Refuse, keep a record and report it."
    /// The code is revoked.
    Revoked Red "revoked" "forbidden"
        "已撤销" "不得上岗；向发码单位核实。"
        "Revoked" "No work with this code; ask the issuing bureau."
    /// The code is suspended.
    Suspended Red "suspended" "pause"
        "已暂停" "不得上岗；持证人可向发码单位申请恢复。"
        "Suspended" "No work until the issuing bureau reinstates it."
    /// A newer code took its place.
    Superseded Red "superseded" "replace"
        "已换新码" "请出示新手机上的安全码。"
        "Replaced by a newer code" "Ask for the code on the holder's new phone."
    /// A challenge was asked, and the code answers none.
    ChallengeMissing Red "challenge_missing" "keypad"
        "未输入验证数字" "请持证人输入屏幕上的四位数字后重扫。"
        "The digits were not entered" "Let the holder type the four digits you show, then scan again."
    /// The code answers another challenge.
    ChallengeWrong Red "challenge_wrong" "keypad"
        "验证数字不符" "请重新出示数字，由持证人当面输入后重扫。"
        "The digits do not match" "Show new digits, let the holder type them before you, and scan again."
    /// The same proof was seen here a moment ago.
    Replayed Red "replayed" "repeat"
        "重复使用的码" "请持证人当面刷新；或改用四位数字验证。"
        "Already shown once" "Let the holder refresh it before you, or use the four digits."
    /// An old picture, or a code made for later.
    ProofOld Red "proof_old" "clock"
        "不是当前的码" "可能是截图。请用四位数字验证。"
        "Not a current code" "It may be a picture. Use the four digits."
    /// None of the certificates is for the work asked about.
    NotForThisItem Red "not_for_this_item" "forbidden"
        "没有此项作业的证" "不得从事此项作业。"
        "No certificate for this work" "The holder may not do this work."
    /// Beyond the last day.
    Expired Red "expired" "calendar"
        "已过期" "不得上岗；请办理换证。"
        "Expired" "No work; the certificate has to be renewed."
    /// The training was not done in time.
    ReviewOverdue Red "review_overdue" "calendar"
        "复审逾期" "不得上岗；请先完成复审。"
        "Re-examination overdue" "No work until the re-examination is passed."

    /// A print: no phone answered.
    Paper Yellow "paper" "id_card"
        "纸质码" "码是真的；请核对身份证与本人。"
        "Printed code" "Genuine; compare the person with the ID card."
    /// Our own clock is before what was signed.
    VerifierClock Yellow "verifier_clock" "clock"
        "本机时间不准" "请校准本机时间后重扫。"
        "This device's clock is wrong" "Set this device's clock and scan again."
    /// The digits match, the clocks do not.
    ClocksDiffer Yellow "clocks_differ" "clock"
        "双方时间不一致" "数字相符；请核对身份证，并请持证人校准手机时间。"
        "The clocks differ" "The digits match; compare with the ID card, and have the phone's clock set."
    /// The bundle is too old to say green.
    BundleOld Yellow "bundle_old" "download"
        "信任包过旧" "请联网更新；在此之前撤销的码可能仍显示为真。"
        "The trust bundle is too old" "Go online to update it: a code revoked since would not show."
    /// The bundle is not of today, or does not reach this code.
    BundleStale Yellow "bundle_stale" "download"
        "信任包需要更新" "请联网更新后重扫。"
        "The trust bundle needs an update" "Go online to update it, then scan again."
    /// Some certificates are good and some are not: it hangs on the work.
    ChooseItem Yellow "choose_item" "list"
        "请选择作业项目" "部分证有效、部分无效；请按作业项目核验。"
        "Choose the work" "Some certificates are good and some are not; ask for the work to be done."
    /// The register does not say until when.
    DatesUnknown Yellow "dates_unknown" "calendar"
        "有效期未登记" "请核对证件原件上的有效期。"
        "Dates are not on the register" "Look at the dates on the certificate itself."
    /// The issuer has not been asked.
    Unverified Yellow "unverified" "search"
        "证件待核验" "尚未向发证机关核验；请查验证件原件。"
        "Not yet checked with its issuer" "Look at the certificate itself."
    /// Soon beyond the last day.
    ExpiresSoon Yellow "expires_soon" "calendar"
        "即将到期" "可以上岗；请提醒办理换证。"
        "Expires soon" "The holder may work; remind him to renew."
    /// The training is due soon.
    ReviewSoon Yellow "review_soon" "calendar"
        "即将复审" "可以上岗；请提醒参加复审。"
        "Re-examination due soon" "The holder may work; remind him of it."
}

impl Reason {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.told().word
    }

    /// The reason of a stable word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let all = Self::ALL.iter().map(|reason| reason.told());
        all.into_iter()
            .find(|told| told.word == word)
            .map(|told| told.reason)
    }

    /// The colour it gives.
    #[must_use]
    pub const fn colour(self) -> Colour {
        self.told().colour
    }

    /// The icon's name: a colour is never told by colour alone.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        self.told().icon
    }

    /// What it is, in a few words.
    #[must_use]
    pub const fn title(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.told().zh,
            Lang::En => self.told().en,
        }
    }

    /// What to do now.
    #[must_use]
    pub const fn remedy(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.told().remedy_zh,
            Lang::En => self.told().remedy_en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_told_whole_and_found_by_its_word() {
        for reason in Reason::ALL {
            assert_eq!(Reason::of_word(reason.word()), Some(*reason));
            for lang in [Lang::Zh, Lang::En] {
                assert!(!reason.title(lang).is_empty() && !reason.remedy(lang).is_empty());
            }
            assert!(reason.title(Lang::En).is_ascii() && !reason.title(Lang::Zh).is_ascii());
            assert!(reason.remedy(Lang::En).is_ascii() && !reason.remedy(Lang::Zh).is_ascii());
            assert!(!reason.icon().is_empty());
        }
        assert_eq!(Reason::of_word("fine"), None);
        let green = Reason::ALL.iter().filter(|r| r.colour() == Colour::Green);
        assert_eq!(green.count(), 1, "one way to be green");
    }
}
