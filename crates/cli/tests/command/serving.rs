//! Servers from their start to their end.

use crate::support::{Serving, mode, run, told};
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, Instant},
};

const ANY: [&str; 2] = ["--listen", "127.0.0.1:0"];

fn serve_arguments(data: &Path) -> Vec<&str> {
    [&["serve", "--data", data.to_str().unwrap()][..], &ANY].concat()
}

#[test]
fn dev_says_ready_on_standard_output_and_nothing_else_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    let arguments =
        ["dev", "--accounts", "111122223333,444455556666", "--credentials", credentials.to_str().unwrap()];
    let server = Serving::start(&[&arguments[..], &ANY].concat());
    assert!(
        server
            .ask("GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 200 ")
    );
    assert_eq!(mode(&credentials), 0o600);
    let written = fs::read_to_string(&credentials).unwrap();
    let profiles: Vec<&str> = written.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(profiles, ["[default]", "[root-111122223333]", "[root-444455556666]"]);
    assert_eq!(server.pasted("AWS_SHARED_CREDENTIALS_FILE"), credentials.to_str().unwrap());
    assert_eq!(server.end("TERM"), (0, "ready\n".to_owned()));
}

#[test]
fn dev_removes_its_data_at_the_end() {
    let server = Serving::start(&[&["dev"][..], &ANY].concat());
    let credentials = server.pasted("AWS_SHARED_CREDENTIALS_FILE");
    let folder = Path::new(&credentials).parent().unwrap().to_owned();
    assert!(folder.exists());
    assert_eq!(server.end("INT").0, 0);
    assert!(!folder.exists());
}

#[test]
fn dev_never_replaces_credentials_that_are_somebodys_own() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = folder.path().join("credentials");
    fs::write(&theirs, "[default]\naws_access_key_id = precious\n").unwrap();
    fs::set_permissions(&theirs, fs::Permissions::from_mode(0o600)).unwrap();
    let arguments = ["dev", "--credentials", theirs.to_str().unwrap()];
    let (code, output, said) = told(&run(&[&arguments[..], &ANY].concat()));
    assert_eq!((code, output.as_str()), (4, ""));
    assert!(said.contains("will not be replaced"), "{said}");
    assert!(fs::read_to_string(&theirs).unwrap().contains("precious"));
}

#[test]
fn serve_initialises_once_and_keeps_the_credentials() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let credentials = data.join("credentials");
    let server = Serving::start(&serve_arguments(&data));
    assert!(server.said.contains("are not shown again"), "{}", server.said);
    assert_eq!((mode(&data), mode(&credentials)), (0o700, 0o600));
    let written = fs::read_to_string(&credentials).unwrap();
    assert_eq!(server.end("TERM"), (0, String::new()));
    let again = Serving::start(&serve_arguments(&data));
    assert!(!again.said.contains("initialised"), "{}", again.said);
    assert_eq!(fs::read_to_string(&credentials).unwrap(), written);
    assert_eq!(again.end("TERM").0, 0);
}

#[test]
fn an_empty_folder_is_not_initialised_where_that_was_forbidden() {
    let data = tempfile::tempdir().unwrap();
    let arguments = [&serve_arguments(data.path())[..], &["--set", "init_on_first_start=false"]].concat();
    let (code, _, said) = told(&run(&arguments));
    assert_eq!(code, 4);
    assert!(said.contains("gatekey init"), "{said}");
    let data = data.path().to_str().unwrap();
    assert_eq!(told(&run(&["init", "--data", data])).0, 0);
    assert!(Path::new(data).join("ca.pem").exists());
    assert_eq!(Serving::start(&arguments).end("TERM").0, 0);
    assert_eq!(told(&run(&["init", "--data", data])).0, 4);
}

#[test]
fn a_data_folder_serves_one_process_at_a_time() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let server = Serving::start(&serve_arguments(&data));
    let (code, _, said) = told(&run(&serve_arguments(&data)));
    assert_eq!(code, 4);
    assert!(said.contains("another gatekey has it (process "), "{said}");
    assert_eq!(server.end("TERM").0, 0);
}

#[test]
fn an_address_in_use_has_its_own_exit_code_and_advice() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, output, said) = told(&run(&["dev", "--listen", &address]));
    assert_eq!((code, output.as_str()), (5, ""));
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
}

#[test]
fn a_data_folder_that_others_can_write_to_is_refused() {
    let data = tempfile::tempdir().unwrap();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let (code, _, said) = told(&run(&serve_arguments(data.path())));
    assert_eq!(code, 4);
    assert!(said.contains("chmod 700"), "{said}");
}

#[test]
fn tls_is_served_with_the_local_authority_and_renewed_on_demand() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let server = Serving::start(&[&serve_arguments(&data)[..], &["--set", "tls.mode=always"]].concat());
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    assert_eq!(server.pasted("AWS_CA_BUNDLE"), data.join("ca.pem").to_str().unwrap());
    assert_eq!(mode(&data.join("ca.key")), 0o600);
    let before = server.certificate();
    assert_eq!(server.certificate(), before);
    server.signal("HUP");
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.certificate() == before {
        assert!(Instant::now() < deadline, "the certificate is not renewed");
    }
    assert_eq!(server.end("TERM").0, 0);
}

#[test]
fn whoever_removes_the_mark_of_initialisation_gets_no_new_root_key() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    assert_eq!(Serving::start(&serve_arguments(&data)).end("TERM").0, 0);
    let written = fs::read_to_string(data.join("credentials")).unwrap();
    fs::remove_file(data.join("initialised")).unwrap();
    assert_eq!(Serving::start(&serve_arguments(&data)).end("TERM").0, 0);
    assert_eq!(fs::read_to_string(data.join("credentials")).unwrap(), written);
    fs::remove_file(data.join("initialised")).unwrap();
    let others = [&serve_arguments(&data)[..], &["--accounts", "999999999999"]].concat();
    assert_eq!(told(&run(&others)).0, 4);
}

#[test]
fn a_root_key_that_a_store_needs_is_never_replaced() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    assert_eq!(Serving::start(&serve_arguments(&data)).end("TERM").0, 0);
    let key = fs::read(data.join("root.key")).unwrap();
    fs::remove_file(data.join("initialised")).unwrap();
    fs::rename(data.join("seal.json"), data.join("elsewhere")).unwrap();
    let (code, _, said) = told(&run(&serve_arguments(&data)));
    assert_eq!(code, 4);
    assert!(said.contains("seal.json"), "{said}");
    assert_eq!(fs::read(data.join("root.key")).unwrap(), key);
}

#[test]
fn a_root_key_that_others_can_read_is_refused_with_advice() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    assert_eq!(Serving::start(&serve_arguments(&data)).end("TERM").0, 0);
    fs::set_permissions(data.join("root.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, said) = told(&run(&serve_arguments(&data)));
    assert_eq!(code, 4);
    assert!(said.contains("root.key") && said.contains("600"), "{said}");
}

#[test]
fn the_audit_trail_is_verified_beside_a_running_server_and_a_change_in_it_has_its_own_exit_code() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let server = Serving::start(&serve_arguments(&data));
    let verify = ["audit", "verify", "--data", data.to_str().unwrap()];
    assert_eq!(told(&run(&verify)).0, 0);
    assert_eq!(server.end("TERM").0, 0);
    let segments: Vec<_> =
        fs::read_dir(data.join("audit")).unwrap().map(|file| file.unwrap().path()).collect();
    for path in segments {
        let mut bytes = fs::read(&path).unwrap();
        bytes.iter_mut().take(64).for_each(|byte| *byte ^= 0xff);
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(told(&run(&verify)).0, 6);
}

#[test]
fn a_passphrase_opens_what_it_closed_and_another_one_does_not() {
    let parent = tempfile::tempdir().unwrap();
    let [data, right, wrong] = ["data", "right", "wrong"].map(|name| parent.path().join(name));
    for (path, text) in [(&right, "correct horse"), (&wrong, "battery staple")] {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let from = |path: &Path| format!("unseal.passphrase_file={}", path.display());
    let (right, wrong) = (from(&right), from(&wrong));
    let start =
        |file| [&serve_arguments(&data)[..], &["--set", "unseal.method=passphrase", "--set", file]].concat();
    assert_eq!(Serving::start(&start(&right)).end("TERM").0, 0);
    assert!(!data.join("root.key").exists());
    assert_eq!(told(&run(&start(&wrong))).0, 4);
    assert_eq!(Serving::start(&start(&right)).end("TERM").0, 0);
}
