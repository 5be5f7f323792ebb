//! Everything about the command that needs no server.

use crate::support::{gatekey, run, told};

#[test]
fn no_command_is_a_question_and_a_wrong_one_an_error() {
    assert_eq!(told(&run(&["--help"])).0, 0);
    assert_eq!(told(&run(&[])).0, 2);
    assert_eq!(told(&run(&["serv"])).0, 2);
}

#[test]
fn the_version_is_told_to_people_and_to_programs() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(told(&run(&["version"])).1, format!("gatekey {version}\n"));
    assert_eq!(told(&run(&["version", "--json"])).1, format!("{{\"version\":\"{version}\"}}\n"));
}

#[test]
fn a_value_is_traced_to_the_flag_the_variable_or_the_line_that_set_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let file = folder.path().join("gatekey.toml");
    std::fs::write(&file, "region = \"eu-west-1\"\n[limits]\nbody = \"2MiB\"\nheader = \"16KiB\"\n").unwrap();
    let output = gatekey(["config", "show", "--origin", "--data", data, "--set", "limits.header=64KiB"])
        .env("GATEKEY_REGION", "eu-west-2")
        .output()
        .unwrap();
    let shown = told(&output).1;
    for line in [
        "region = \"eu-west-2\"  # environment variable GATEKEY_REGION\n".to_owned(),
        format!("limits.body = \"2MiB\"  # {}:3\n", file.display()),
        "limits.header = \"64KiB\"  # flag --set\n".to_owned(),
        "listen = \"127.0.0.1:4599\"  # default\n".to_owned(),
    ] {
        assert!(shown.contains(&line), "{line} is not in\n{shown}");
    }
}

#[test]
fn a_wrong_configuration_is_told_whole_and_has_its_own_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, "lisen = \"127.0.0.1:1\"\nregoin = 1\n").unwrap();
    let file = file.to_str().unwrap();
    let (code, _, said) = told(&run(&["config", "check", "--config", file]));
    assert_eq!(code, 3);
    assert!(said.contains(&format!("{file}:1: ")) && said.contains("did you mean \"listen\"?"), "{said}");
    assert!(said.contains(&format!("{file}:2: ")) && said.contains("did you mean \"region\"?"), "{said}");
    assert_eq!(told(&run(&["serve", "--config", file])).0, 3);
}

#[test]
fn a_configuration_file_that_was_named_must_be_there() {
    assert_eq!(told(&run(&["config", "check", "--config", "/nowhere/at/all"])).0, 3);
    assert_eq!(told(&run(&["config", "check", "--data", "/nowhere/at/all"])).0, 0);
}

#[test]
fn plain_http_beyond_this_machine_is_refused_unless_it_is_meant() {
    let exposed = ["config", "check", "--listen", "0.0.0.0:1", "--set", "tls.mode=never"];
    assert_eq!(told(&run(&exposed)).0, 3);
    assert_eq!(told(&run(&[&exposed[..], &["--allow-plain-http"]].concat())).0, 0);
    assert_eq!(told(&run(&["dev", "--listen", "0.0.0.0:0"])).0, 3);
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let shells = ["bash", "zsh", "fish", "powershell", "elvish"];
    for shell in shells {
        assert!(told(&run(&["completions", shell])).1.contains("dev"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(told(&run(&["man", folder.path().to_str().unwrap()])).0, 0);
    for command in
        ["", "-serve", "-init", "-dev", "-account", "-audit", "-config", "-completions", "-man", "-version"]
    {
        assert!(folder.path().join(format!("gatekey{command}.1")).exists(), "{command}");
    }
    assert!(told(&run(&["man"])).1.contains(".TH gatekey 1"));
}
