//! Others' vectors against our verifiers: Wycheproof's for Ed25519 and for ECDSA on P-256 with SHA-256, r and s as they are.

use anpei::codes::cose::PublicKey;
use anpei::codes::presentation::{holder_key, signed};
use wycheproof::TestResult;

#[test]
fn wycheproof_ed25519() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        let key = group.key.pk.as_slice().try_into().unwrap();
        let key = PublicKey::new(&key).unwrap();
        for case in &group.tests {
            let good = case.result == TestResult::Valid;
            let verified = key.verifies(&case.msg, &case.sig);
            assert_eq!(verified, good, "{}: {}", case.tc_id, case.comment);
            run += 1;
        }
    }
    assert!(run >= 150, "{run} vectors");
}

#[test]
fn wycheproof_ecdsa_p256() {
    let name = wycheproof::ecdsa::TestName::EcdsaSecp256r1Sha256P1363;
    let set = wycheproof::ecdsa::TestSet::load(name).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        // Through the compressed form, as a credential holds it.
        let key = holder_key(&group.key.key).unwrap();
        assert_eq!(holder_key(&group.der), Some(key));
        for case in &group.tests {
            let good = case.result == TestResult::Valid;
            let verified = signed(&key, &case.msg, &case.sig);
            assert_eq!(verified, good, "{}: {}", case.tc_id, case.comment);
            run += 1;
        }
    }
    assert!(run >= 200, "{run} vectors");
}
