//! What `--production` refuses to start with: settings that are convenient on a desk and weak in service.

use std::net::SocketAddr;
use std::path::Path;

use secrecy::ExposeSecret;

use super::config::Settings;

/// Passwords everybody tries first.
const WEAK: [&str; 8] = [
    "", "postgres", "password", "passwd", "admin", "anpei", "root", "123456",
];

/// Each weak setting with its remedy, in both languages; empty when the service may start.
#[must_use]
pub fn weaknesses(settings: &Settings, listen: SocketAddr) -> Vec<String> {
    let mut found = Vec::new();
    let mut tell = |what: &str, zh: &str, en: &str| found.push(format!("{what}: {zh} · {en}"));
    if !settings.behind_tls {
        tell(
            "--behind-tls",
            "正式使用须由 TLS 代理转发，并设置此项",
            "put a TLS proxy in front and say so",
        );
    }
    if !settings.behind_tls && !listen.ip().is_loopback() {
        tell(
            "--listen",
            "没有 TLS 时不得监听外部地址",
            "no address beyond this machine without TLS",
        );
    }
    if let Some(url) = &settings.database_url {
        let (local, weak) = judge_url(url.expose_secret());
        if !local && weak {
            tell(
                "DATABASE_URL",
                "数据库密码为空或过于常见，请更换（至少 12 个字符）",
                "the database's password is empty or common; use one of 12 characters or more",
            );
        }
        if !local && !url.expose_secret().contains("sslmode=") {
            tell(
                "DATABASE_URL",
                "连接远程数据库须指明 sslmode（如 verify-full）",
                "a database on another machine needs an sslmode, such as verify-full",
            );
        }
    }
    if settings
        .cors_origins
        .iter()
        .any(|origin| origin.starts_with("http://"))
    {
        tell("--cors-origins", "只允许 https 来源", "only https origins");
    }
    let log = settings.log.to_ascii_lowercase();
    if log.contains("debug") || log.contains("trace") {
        tell(
            "--log",
            "日志级别不得低于 info（可能写出个人信息）",
            "no log level below info: it may write what is personal",
        );
    }
    for folder in ["", "keys"] {
        if open_to_others(&settings.data.join(folder)) {
            tell(
                "--data",
                "数据与密钥文件夹只能由服务自己进入（chmod 700）",
                "the folder and its keys must be closed to others (chmod 700)",
            );
            break;
        }
    }
    found
}

/// Whether a database is on this machine or reached by its own socket, and whether its password is weak.
fn judge_url(url: &str) -> (bool, bool) {
    let Some((_, rest)) = url.split_once("://") else {
        return (true, false);
    };
    if url.starts_with("sqlite") {
        return (true, false);
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let password = user.split_once(':').map_or("", |(_, password)| password);
    let host = host.trim_start_matches('[');
    let local = host.is_empty()
        || ["localhost", "127.", "::1"]
            .iter()
            .any(|own| host.starts_with(own));
    let weak = password.chars().count() < 12 || WEAK.contains(&password);
    (local, weak)
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|seen| seen.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn told(more: &[&str], listen: &str) -> Vec<String> {
        let mut line = vec!["anpei"];
        for (name, usual) in [("--data", "/nowhere"), ("--log", "info")] {
            if !more.contains(&name) {
                line.extend([name, usual]);
            }
        }
        line.extend(more);
        let settings = Line::parse_from(line).settings;
        let what = |text: String| text.split(':').next().unwrap_or_default().to_owned();
        weaknesses(&settings, listen.parse().unwrap())
            .into_iter()
            .map(what)
            .collect()
    }

    #[test]
    fn weak_settings_are_named_one_by_one() {
        let local = "127.0.0.1:8080";
        let tls = "--behind-tls";
        let remote = "postgres://anpei:Zx81kfq02mLpw@db.example.cn/anpei?sslmode=verify-full";
        assert_eq!(told(&[tls, "--database-url", remote], local), [""; 0]);
        assert_eq!(told(&[tls], "0.0.0.0:8080"), [""; 0]);
        assert_eq!(told(&[], local), ["--behind-tls"]);
        assert_eq!(told(&[], "0.0.0.0:80"), ["--behind-tls", "--listen"]);
        let weak = "postgres://anpei:postgres@db.example.cn/anpei?sslmode=require";
        assert_eq!(
            told(&[tls, "--database-url", weak], local),
            ["DATABASE_URL"]
        );
        let open = "postgres://anpei@10.0.0.7:5432/anpei";
        assert_eq!(
            told(&[tls, "--database-url", open], local),
            ["DATABASE_URL", "DATABASE_URL"]
        );
        let socket = "postgres://localhost/anpei?host=/run/postgresql";
        assert_eq!(told(&[tls, "--database-url", socket], local), [""; 0]);
        assert_eq!(
            told(&[tls, "--cors-origins", "http://a.example.cn"], local),
            ["--cors-origins"]
        );
        assert_eq!(told(&[tls, "--log", "sqlx=debug"], local), ["--log"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_open_to_others_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_string_lossy().into_owned();
        let tell = || told(&["--behind-tls", "--data", &path], "127.0.0.1:80");
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(tell(), ["--data"]);
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o700)).unwrap();
        assert_eq!(tell(), [""; 0]);
    }
}
