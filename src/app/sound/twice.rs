//! Inputs that can be read twice.

use crate::app::failure::Failure;
use crate::cli::InputArgs;
use std::fs::File;
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// The same inputs, those that are gone once read (pipes, standard input) copied into a temporary folder that lasts
/// as long as what is handed out with them.
pub(in crate::app) fn readable_twice(
    input: &InputArgs,
) -> Result<(InputArgs, Option<TempDir>), Failure> {
    let mut input = input.clone();
    let mut folder = None;
    for (file, number) in input.files.iter_mut().zip(1..) {
        if is_kept(file) {
            continue;
        }
        let dir = match &folder {
            Some(dir) => dir,
            None => folder.insert(tempfile::tempdir().map_err(Failure::Texts)?),
        };
        let (name, mut from): (_, Box<dyn io::Read>) = match file.as_os_str() == "-" {
            true => ("standard-input".to_owned(), Box::new(io::stdin())),
            // What cannot be opened is said where it is read.
            false => match File::open(&*file) {
                Ok(open) => (format!("input-{number}"), Box::new(open)),
                Err(_) => continue,
            },
        };
        let copy = dir.path().join(name);
        let mut to = File::create(&copy).map_err(Failure::Texts)?;
        io::copy(&mut from, &mut to).map_err(Failure::Texts)?;
        *file = copy;
    }
    Ok((input, folder))
}

/// A file that is there, or a folder, which is refused where it is read.
fn is_kept(path: &Path) -> bool {
    path.as_os_str() != "-" && path.metadata().is_ok_and(|m| m.is_file() || m.is_dir())
}
