//! What messages about accounts say, in the reader's language.

use crate::notices::Words;
use crate::platform::locale::Lang;

/// An invitation to staff.
pub(super) fn invitation(lang: Lang, name: &str, login: &str, link: &str) -> Words {
    match lang {
        Lang::Zh => Words {
            subject: "安培：邀请您开通账号".to_owned(),
            text: format!(
                "{name}，您好：\n\n管理员为您开通了安培账号，登录名：{login}\n\n请在 7 天内打开下面的链接设置密码（只能使用一次）：\n{link}\n\n如非本人工作需要，请忽略本邮件。\n"
            ),
        },
        Lang::En => Words {
            subject: "Anpei: you are invited".to_owned(),
            text: format!(
                "Hello {name},\n\nan account was made for you; your login is {login}\n\nOpen this link within 7 days to choose a password (it works once):\n{link}\n\nIf you do not expect this, ignore it.\n"
            ),
        },
    }
}

/// A password reset.
pub(super) fn reset(lang: Lang, login: &str, link: &str) -> Words {
    match lang {
        Lang::Zh => Words {
            subject: "安培：重设密码".to_owned(),
            text: format!(
                "有人为账号 {login} 申请重设密码。\n\n请在 1 小时内打开下面的链接设置新密码（只能使用一次）：\n{link}\n\n如非本人操作，请忽略本邮件，密码不会改变。\n"
            ),
        },
        Lang::En => Words {
            subject: "Anpei: reset your password".to_owned(),
            text: format!(
                "Somebody asked to reset the password of {login}.\n\nOpen this link within an hour to choose a new one (it works once):\n{link}\n\nIf it was not you, ignore this; the password stays as it is.\n"
            ),
        },
    }
}

/// A worker's activation code.
pub(super) fn activation(lang: Lang, name: &str, code: &str) -> Words {
    match lang {
        Lang::Zh => Words {
            subject: "安培：账号激活码".to_owned(),
            text: format!(
                "{name}，您好：\n您的账号激活码：{code}，7 天内有效，只能使用一次。请勿告诉他人。\n"
            ),
        },
        Lang::En => Words {
            subject: "Anpei: your activation code".to_owned(),
            text: format!(
                "Hello {name},\nyour activation code is {code}. It works once, within 7 days. Tell it to nobody.\n"
            ),
        },
    }
}
