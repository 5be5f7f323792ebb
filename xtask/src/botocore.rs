//! `import-models`: botocore's models, trimmed to what concerns the wire.

use crate::service::{Service, Source};
use crate::{Failure, Outcome, fail, workspace};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What may be left behind of a shape: prose, and marks that change nothing on the wire.
const DROPPED: [&str; 10] = [
    "documentation",
    "deprecated",
    "deprecatedMessage",
    "deprecatedSince",
    "box",
    "union",
    "wrapper",
    "synthetic",
    "document",
    "retryable",
];

/// Imports the services named (kms when none is) into `models/`.
pub(crate) fn import(arguments: &[String]) -> Outcome {
    let request = Request::parse(arguments)?;
    let scratch = std::env::temp_dir().join(format!("gatekey-models-{}", std::process::id()));
    let wheel = match &request.from {
        Some(path) => wheel_in(path)?,
        None => download(&scratch)?,
    };
    let imported = import_from(&wheel, &request);
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch)?;
    }
    imported
}

struct Request {
    from: Option<PathBuf>,
    to: PathBuf,
    /// The only operations wanted, when there are any here.
    only: Vec<String>,
    /// The name of the file, where it is not the service's.
    named: Option<String>,
    services: Vec<String>,
}

impl Request {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let to = workspace::root().join("models");
        let mut request = Self { from: None, to, only: Vec::new(), named: None, services: Vec::new() };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match (argument.as_str(), argument.starts_with('-')) {
                ("--from", _) => request.from = rest.next().map(PathBuf::from),
                ("--only", _) => {
                    request.only = rest
                        .next()
                        .map(|list| list.split(',').map(str::to_owned).collect())
                        .unwrap_or_default();
                }
                ("--as", _) => request.named = rest.next().cloned(),
                ("--to", _) => request.to = rest.next().map_or(request.to, PathBuf::from),
                (other, true) => return fail(format!("import-models has no option '{other}'")),
                (service, false) => request.services.push(service.to_owned()),
            }
        }
        if request.services.is_empty() {
            request.services.push("kms".to_owned());
        }
        Ok(request)
    }
}

/// Has pip put the newest botocore into this folder.
fn download(folder: &Path) -> Outcome<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"]);
    workspace::execute(pip.arg(folder).arg("botocore"))?;
    wheel_in(folder)
}

/// The wheel itself, or the one in this folder.
fn wheel_in(path: &Path) -> Outcome<PathBuf> {
    if path.is_file() {
        return Ok(path.to_path_buf());
    }
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("botocore-") && name.ends_with(".whl") {
            return Ok(file);
        }
    }
    fail(format!("there is no botocore wheel in {}", path.display()))
}

fn import_from(wheel: &Path, request: &Request) -> Outcome {
    let version = version_of(wheel)?;
    let mut archive = zip::ZipArchive::new(File::open(wheel)?)?;
    std::fs::create_dir_all(&request.to)?;
    for name in &request.services {
        let mut service = trimmed(&model_of(&mut archive, name)?)?;
        service.source = Source { package: "botocore".to_owned(), version: version.clone() };
        if !request.only.is_empty() {
            keep_only(&mut service, &request.only)?;
        }
        let file = request.to.join(format!("{}.json", request.named.as_ref().unwrap_or(name)));
        std::fs::write(&file, serde_json::to_string_pretty(&service)? + "\n")?;
        println!("{} from botocore {version}", file.display());
    }
    std::fs::write(request.to.join("NOTICE"), notice(&version))?;
    Ok(())
}

/// Leaves these operations, and the shapes that they reach.
fn keep_only(service: &mut Service, only: &[String]) -> Outcome {
    service.operations.0.retain(|(name, _)| only.contains(name));
    if service.operations.0.len() != only.len() {
        return fail("--only names an operation that the model does not have");
    }
    let operations = service.operations.iter().map(|(_, operation)| operation);
    let mut reached = BTreeSet::new();
    let mut next: Vec<String> = operations
        .flat_map(|operation| operation.input.iter().chain(&operation.output).chain(&operation.errors))
        .map(|reference| reference.shape.clone())
        .collect();
    while let Some(name) = next.pop() {
        if let Some((_, shape)) = service.shapes.0.iter().find(|(shape, _)| *shape == name)
            && reached.insert(name)
        {
            next.extend(shape.parts().map(|reference| reference.shape.clone()));
        }
    }
    service.shapes.0.retain(|(name, _)| reached.contains(name));
    Ok(())
}

fn version_of(wheel: &Path) -> Outcome<String> {
    let name = wheel.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match name.split('-').nth(1) {
        Some(version) => Ok(version.to_owned()),
        None => fail(format!("{name} does not say its version")),
    }
}

/// The text of a service's newest model.
fn model_of(archive: &mut zip::ZipArchive<File>, service: &str) -> Outcome<String> {
    let prefix = format!("botocore/data/{service}/");
    let newest = archive
        .file_names()
        .filter(|name| name.starts_with(&prefix) && name.ends_with("/service-2.json.gz"))
        .max()
        .map(str::to_owned);
    let Some(path) = newest else { return fail(format!("botocore has no service '{service}'")) };
    let mut text = String::new();
    flate2::read::GzDecoder::new(archive.by_name(&path)?).read_to_string(&mut text)?;
    Ok(text)
}

/// A model without its prose; a trait that is neither kept nor known to be harmless is refused.
fn trimmed(text: &str) -> Outcome<Service> {
    let mut service: Service = serde_json::from_str(text)?;
    for (name, shape) in &mut service.shapes.0 {
        shape.other.retain(|key, _| !DROPPED.contains(&key.as_str()));
        if let Some(key) = shape.other.keys().next() {
            return Err(Failure(format!(
                "shape {name} has '{key}', which import-models does not understand"
            )));
        }
    }
    Ok(service)
}

fn notice(version: &str) -> String {
    format!(
        "The files in this folder, but for `gatekey.json`, are derived from the service models in botocore {version}\n\
         (Copyright 2012-2022 Amazon.com, Inc. or its affiliates. All Rights Reserved.),\n\
         which is licensed under the Apache License, Version 2.0; see ../LICENSE-APACHE.\n\
         Changes: descriptions and deprecation notes were removed; names, types, constraints,\n\
         errors and protocol data were kept. `cargo xtask import-models` writes them.\n\
         `gatekey.json` describes Gatekey's own service and is written by hand.\n"
    )
}
