//! The keys that sign codes: rotated, revoked, and the codes they signed made anew.

use anpei::codes::verdict::{Colour, Reason};
use anpei::codes::{bundle, keys, refresh};
use anpei::platform::{Caller, Code};
use rstest::rstest;

use super::{Town, said, told};
use crate::support::Kind;

#[rstest]
#[tokio::test]
async fn an_issuer_key_is_rotated_and_what_it_signed_stays_good(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let by = Caller::console(town.county.id);
    let (phone, code) = town.claimed().await;
    let old = town.bundle(None).await;
    let kid = keys::rotate(&town.app.state, &by, None).await.unwrap();
    let new = town.bundle(Some(&old)).await;
    assert_eq!(new.keys.version, old.keys.version + 1);
    let shown = phone.show(&code, town.now(), None);
    assert_eq!(
        told(&town.offline(&shown, &new)),
        (Colour::Green, Reason::Valid)
    );
    let listed = keys::list(&town.app.state, &by).await.unwrap();
    let signs: Vec<bool> = listed.iter().map(|key| key.signs).collect();
    assert_eq!((signs, &listed[1].kid), (vec![false, true], &kid));
    let again = keys::init(&town.app.state, &by, false).await.unwrap_err();
    assert_eq!(again.code, Code::IssuerKeysExist);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_lost_issuer_key_is_revoked_and_its_codes_are_made_anew_for_the_same_phones(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let by = Caller::console(town.county.id);
    let (phone, code) = town.claimed().await;
    let old = town.bundle(None).await;
    let lost = keys::list(&town.app.state, &by).await.unwrap()[0]
        .kid
        .clone();
    let strange = keys::revoke(&town.app.state, &by, "00000000", None, None).await;
    assert_eq!(strange.unwrap_err().code, Code::IssuerKeyUnknown);
    keys::revoke(&town.app.state, &by, &lost, None, None)
        .await
        .unwrap();
    let shown = phone.show(&code, town.now(), None);
    assert_eq!(town.online(&shown).await, said("red", "key_revoked"));
    let new = town.bundle(Some(&old)).await;
    assert_eq!(
        told(&town.offline(&shown, &new)),
        (Colour::Red, Reason::KeyRevoked)
    );
    // A bundle signed with the lost key is none any more.
    assert!(bundle::read(old.bytes(), &town.roots().await, Some(&new)).is_err());
    let changed = refresh::reissue_all(&town.app.state, &by, |_| ())
        .await
        .unwrap();
    assert_eq!(changed.get("reissued"), Some(&1));
    let mine = town.worker.read("/v1/codes/mine").await;
    assert_ne!(mine["id"], code["id"]);
    let shown = phone.show(&mine, town.now(), None);
    assert_eq!(town.online(&shown).await, said("green", "valid"));
    let none = refresh::reissue_all(&town.app.state, &by, |_| ())
        .await
        .unwrap();
    assert!(none.is_empty(), "twice is once: {none:?}");
    assert_eq!(town.officer.all("/v1/certificates/claims").await.len(), 2);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_root_that_is_none_of_the_countys_vouches_for_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let by = Caller::console(town.county.id);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.key");
    std::fs::write(&file, "11".repeat(32)).unwrap();
    let told = keys::rotate(&town.app.state, &by, Some(&file))
        .await
        .unwrap_err();
    assert_eq!(told.code, Code::RootUnknown);
    // The roots were moved away: the service signs on, and asks for one only when keys change.
    let keys_folder = town.app.data().join("keys");
    for n in 1..=2 {
        let name = format!("codes-root-{n}.key");
        std::fs::rename(keys_folder.join(&name), folder.path().join(&name)).unwrap();
    }
    town.claimed().await;
    let told = keys::rotate(&town.app.state, &by, None).await.unwrap_err();
    assert_eq!(told.code, Code::RootUnknown);
    let second = folder.path().join("codes-root-2.key");
    keys::rotate(&town.app.state, &by, Some(&second))
        .await
        .unwrap();
    assert_eq!(town.bundle(None).await.keys.keys.len(), 2);
    town.finish().await;
}
