//! What must be there before a contestant's turn: buckets, folders, and an earlier sync where the scenario has one.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context, Result};

use crate::contestant::Contestant;
use crate::lab::{Lab, Route};
use crate::place::Place;
use crate::scenario::Scenario;
use crate::turn::{Down, Turn};

/// One scenario with what its turns share.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    lab: &'a Lab,
    scenario: Scenario,
    /// For no-op: where each contestant has synced before.
    synced: BTreeMap<Contestant, Rc<Place<'a>>>,
    /// For the ways down: the one bucket that all of them restore.
    source: Option<Rc<Place<'a>>>,
}

impl<'a> Stage<'a> {
    /// Sets a scenario up, as far as its turns share it.
    pub(crate) fn new(lab: &'a Lab, scenario: Scenario) -> Result<Self> {
        let mut stage = Self { lab, scenario, synced: BTreeMap::new(), source: None };
        if scenario.is_down() {
            let source = stage.filled_by(Contestant::Rclone).context("cannot fill the bucket to restore")?;
            stage.source = Some(source);
        }
        Ok(stage)
    }

    /// Makes everything ready for a turn.
    pub(crate) fn turn(&mut self, contestant: Contestant) -> Result<Turn<'a>> {
        let place = match self.scenario {
            Scenario::FirstSync | Scenario::LargeUp => Rc::new(Place::new(self.lab)?),
            Scenario::NoOp => self.synced_by(contestant)?,
            Scenario::Restore | Scenario::LargeDown => self.source.clone().context("nothing to restore")?,
        };
        let down = if self.scenario.is_down() { Some(Down::new(self.lab)?) } else { None };
        Ok(Turn { lab: self.lab, scenario: self.scenario, contestant, place, down })
    }

    /// The place where a contestant has synced once; each has its own, as each leaves something else behind.
    fn synced_by(&mut self, contestant: Contestant) -> Result<Rc<Place<'a>>> {
        if let Some(place) = self.synced.get(&contestant) {
            return Ok(Rc::clone(place));
        }
        let place = self.filled_by(contestant).context("the first sync went wrong")?;
        self.synced.insert(contestant, Rc::clone(&place));
        Ok(place)
    }

    /// A new place with the input in it, put there by a contestant.
    fn filled_by(&self, contestant: Contestant) -> Result<Rc<Place<'a>>> {
        eprintln!("{}: filling a bucket with {contestant} …", self.scenario);
        let scenario = if self.scenario.is_large() { Scenario::LargeUp } else { Scenario::FirstSync };
        let place = Rc::new(Place::new(self.lab)?);
        let turn = Turn { lab: self.lab, scenario, contestant, place: Rc::clone(&place), down: None };
        turn.play(Route::Direct)?;
        Ok(place)
    }
}
