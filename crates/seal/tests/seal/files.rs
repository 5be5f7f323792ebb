//! `seal.json` and the ways to unseal.

use gatekey_crypto::Argon2Cost;
use gatekey_seal::{KeyFile, Keychain, Passphrase, RootKey, SealFile, StoredKeychain, UnsealError};
use gatekey_testkit::SeededEntropy;
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A folder of one test's own.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("seal-{}-{name}", std::process::id()));
        // A process of the same number may have died here before.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn passphrase(text: &str) -> Passphrase {
    let cheap = Argon2Cost { memory_kib: 8 * 1024, passes: 1, lanes: 1 };
    Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).with_cost(cheap)
}

fn keychain(root: &RootKey) -> StoredKeychain {
    Keychain::create(root, &SeededEntropy::new(9)).unwrap().1
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_file_is_made_for_its_owner_alone_and_opens_the_seal_again() {
    let folder = Folder::new("key-file");
    let unsealer = KeyFile::new(folder.path("unseal.key"));
    let (seal, root) = SealFile::create(&unsealer, &SeededEntropy::new(1)).unwrap();
    seal.save_new(&folder.path("seal.json")).unwrap();
    assert_eq!((mode(unsealer.path()), mode(&folder.path("seal.json"))), (0o600, 0o600));
    let again = SealFile::load(&folder.path("seal.json")).unwrap().open(&unsealer).unwrap();
    assert!(Keychain::open(&again, &keychain(&root)).is_ok());
}

#[test]
fn a_key_file_that_others_can_touch_is_refused_with_the_remedy() {
    let folder = Folder::new("exposed");
    let unsealer = KeyFile::new(folder.path("unseal.key"));
    let (seal, _) = SealFile::create(&unsealer, &SeededEntropy::new(1)).unwrap();
    for bits in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644] {
        set_mode(unsealer.path(), bits);
        let error = seal.open(&unsealer).err().unwrap();
        assert!(matches!(error, UnsealError::Exposed { mode, .. } if mode == bits), "{bits:o}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    for bits in [0o600, 0o400] {
        set_mode(unsealer.path(), bits);
        assert!(seal.open(&unsealer).is_ok(), "{bits:o}");
    }
}

#[test]
fn a_key_file_is_never_overwritten_nor_is_a_seal() {
    let folder = Folder::new("no-overwriting");
    let unsealer = KeyFile::new(folder.path("unseal.key"));
    let (seal, _) = SealFile::create(&unsealer, &SeededEntropy::new(1)).unwrap();
    assert!(matches!(SealFile::create(&unsealer, &SeededEntropy::new(2)), Err(UnsealError::File { .. })));
    seal.save_new(&folder.path("seal.json")).unwrap();
    assert!(matches!(seal.save_new(&folder.path("seal.json")), Err(UnsealError::File { .. })));
    assert!(seal.open(&unsealer).is_ok());
}

#[test]
fn another_key_file_and_no_key_file_are_told_apart() {
    let folder = Folder::new("other-key-file");
    let (ours, theirs) = (KeyFile::new(folder.path("a.key")), KeyFile::new(folder.path("b.key")));
    let (seal, _) = SealFile::create(&ours, &SeededEntropy::new(1)).unwrap();
    SealFile::create(&theirs, &SeededEntropy::new(2)).unwrap();
    assert!(matches!(seal.open(&theirs), Err(UnsealError::WrongKeyFile)));
    let absent = KeyFile::new(folder.path("none.key"));
    assert!(matches!(seal.open(&absent), Err(UnsealError::File { .. })));
    for (index, text) in ["", "zz", &"0".repeat(63), &"0".repeat(65), &"x".repeat(100_000)].iter().enumerate()
    {
        let path = folder.path(&format!("bad-{index}.key"));
        std::fs::write(&path, text).unwrap();
        set_mode(&path, 0o600);
        let error = seal.open(&KeyFile::new(path)).err().unwrap();
        assert!(matches!(error, UnsealError::NotAKeyFile { .. } | UnsealError::File { .. }), "{error}");
    }
}

#[test]
fn a_wrong_passphrase_says_so() {
    let (seal, root) = SealFile::create(&passphrase("right"), &SeededEntropy::new(1)).unwrap();
    let again = seal.open(&passphrase("right")).unwrap();
    assert!(Keychain::open(&again, &keychain(&root)).is_ok());
    let error = seal.open(&passphrase("wrong")).err().unwrap();
    assert_eq!(error.to_string(), "wrong passphrase");
    assert!(matches!(seal.open(&passphrase("")), Err(UnsealError::Passphrase(_))));
}

#[test]
fn a_seal_keeps_the_cost_that_it_was_made_with() {
    let (seal, _) = SealFile::create(&passphrase("right"), &SeededEntropy::new(1)).unwrap();
    let dearer = passphrase("right").with_cost(Argon2Cost::RECOMMENDED);
    assert!(seal.open(&dearer).is_ok());
}

#[test]
fn a_seal_of_one_way_does_not_open_in_the_other() {
    let folder = Folder::new("other-way");
    let file = KeyFile::new(folder.path("unseal.key"));
    let (by_file, _) = SealFile::create(&file, &SeededEntropy::new(1)).unwrap();
    let (by_passphrase, _) = SealFile::create(&passphrase("p"), &SeededEntropy::new(1)).unwrap();
    let error = by_file.open(&passphrase("p")).err().unwrap();
    assert_eq!(error.to_string(), "the seal is opened by 'key-file', but 'passphrase' was tried");
    assert!(matches!(by_passphrase.open(&file), Err(UnsealError::OtherMethod { .. })));
}

#[test]
fn changing_the_passphrase_keeps_the_root_key() {
    let folder = Folder::new("rewrap");
    let path = folder.path("seal.json");
    let (seal, root) = SealFile::create(&passphrase("old"), &SeededEntropy::new(1)).unwrap();
    seal.save_new(&path).unwrap();
    let stored = keychain(&root);
    SealFile::for_root(&root, &passphrase("new"), &SeededEntropy::new(2)).unwrap().replace(&path).unwrap();
    let replaced = SealFile::load(&path).unwrap();
    assert!(Keychain::open(&replaced.open(&passphrase("new")).unwrap(), &stored).is_ok());
    assert!(matches!(replaced.open(&passphrase("old")), Err(UnsealError::WrongPassphrase)));
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn an_edited_seal_file_is_found_out() {
    let (seal, _) = SealFile::create(&passphrase("right"), &SeededEntropy::new(1)).unwrap();
    let text = serde_json::to_string(&seal).unwrap();
    let edit = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        serde_json::from_str::<SealFile>(&text.replace(from, to))
    };
    let wrapped = text.split("\"wrapped_root_key\":\"").nth(1).unwrap().split('"').next().unwrap();
    let damaged = edit(wrapped, &wrapped.chars().rev().collect::<String>()).unwrap();
    assert!(matches!(damaged.open(&passphrase("right")), Err(UnsealError::Damaged)));
    let cheaper = edit("\"memory_kib\":8192", "\"memory_kib\":8").unwrap();
    assert!(matches!(cheaper.open(&passphrase("right")), Err(UnsealError::Passphrase(_))));
    assert!(edit("\"format\":1", "\"format\":2").is_err());
    assert!(edit("\"format\":1", "\"format\":1,\"more\":1").is_err());
    assert!(edit("passphrase", "telepathy").is_err());
}

#[test]
fn a_file_that_is_no_seal_says_what_is_wrong_with_it() {
    let folder = Folder::new("no-seal");
    let path = folder.path("seal.json");
    for text in ["", "{}", "[]", "{\"format\":1", &"[".repeat(10_000)] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(SealFile::load(&path), Err(UnsealError::NotASealFile(_))), "{text:.20}");
    }
    std::fs::write(&path, "x".repeat(1_000_000)).unwrap();
    assert!(matches!(SealFile::load(&path), Err(UnsealError::File { .. })));
}
