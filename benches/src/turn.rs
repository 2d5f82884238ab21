//! One contestant doing one job once, with a look at the result.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::contestant::Contestant;
use crate::input::{Change, Load};
use crate::job::Job;
use crate::lab::{Lab, Route};
use crate::measure::{Cost, measure};
use crate::place::Place;
use crate::scenario::Scenario;
use crate::verify;

/// Everything that a run needs.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) scenario: Scenario,
    pub(crate) contestant: Contestant,
    /// What is on the server, and the state that belongs to it.
    pub(crate) place: Rc<Place<'a>>,
    /// What is to be on the server when it ends, beside what was there.
    pub(crate) changed: Option<Change>,
    /// The folders of the ways down; the ways up need none of their own.
    pub(crate) down: Option<Down>,
}

/// New folders for one restore.
#[derive(Debug)]
pub(crate) struct Down {
    folder: PathBuf,
    /// Removes the folder after the turn.
    _removed: Option<TempDir>,
}

impl Down {
    /// Makes them, empty.
    ///
    /// Many small files stay until the benchmark ends: an ext4 without a journal goes through all inodes that were freed in
    /// the last minutes for each new file, and the next turn would pay for it.
    pub(crate) fn new(lab: &Lab, load: Load) -> Result<Self> {
        let folder = lab.new_folder()?;
        let down = match load {
            Load::Large => Self { folder: folder.path().to_owned(), _removed: Some(folder) },
            _ => Self { folder: folder.keep(), _removed: None },
        };
        for part in ["target", "scratch"] {
            fs::create_dir(down.folder.join(part)).context("cannot make a folder to restore into")?;
        }
        Ok(down)
    }
}

impl Turn<'_> {
    /// Runs the program and checks what it did. Neither the preparation nor the check is part of the cost.
    pub(crate) fn play(&self, route: Route) -> Result<Cost> {
        let input = self.lab.input(self.scenario.load())?;
        let scratch = match &self.down {
            Some(down) => down.folder.join("scratch"),
            None => self.place.folder.path().to_owned(),
        };
        let target = self.down.as_ref().map(|down| down.folder.join("target"));
        let local = target.as_deref().unwrap_or(&input.dir);
        let job = self.job_for(local, &scratch, route);
        let command = self.contestant.command(&job, self.lab.controller.as_deref())?;
        // What others have written must not reach the disk at this one's expense.
        rustix::fs::sync();
        let cost = measure(&command, &scratch.join("log"), self.lab.timeout)?;
        match target {
            Some(target) => verify::downloaded(&target, input)?,
            None => verify::uploaded(&self.job_for(local, &scratch, Route::Direct), input)?,
        }
        if let Some(change) = &self.changed {
            ensure!(self.place.has(change)?, "the file that has changed is not on the server as it is");
        }
        Ok(cost)
    }

    /// A way up, through the proxy, in the place's own folder.
    pub(crate) fn job<'j>(&'j self, local: &'j Path) -> Job<'j> {
        self.job_for(local, self.place.folder.path(), Route::Counted)
    }

    fn job_for<'j>(&'j self, local: &'j Path, scratch: &'j Path, route: Route) -> Job<'j> {
        Job {
            scenario: self.scenario,
            local,
            remote: self.place.remote(),
            params: self.place.params(route),
            encryption: self.place.encrypted.then_some(&self.lab.encryption),
            scratch,
            transfers: self.lab.transfers,
            more_params: &self.lab.params,
        }
    }
}
