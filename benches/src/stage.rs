//! What must be there before a contestant's turn: buckets, folders, and an earlier sync where the scenario has one.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context, Result};

use crate::contestant::Contestant;
use crate::input::Load;
use crate::lab::{Lab, Route};
use crate::place::Place;
use crate::scenario::Scenario;
use crate::turn::{Down, Turn};

/// What turns share.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    lab: &'a Lab,
    /// Where a contestant has synced a load before, encrypted or not.
    filled: BTreeMap<(Load, Contestant, bool), Rc<Place<'a>>>,
}

impl<'a> Stage<'a> {
    /// Nothing is set up yet.
    pub(crate) fn new(lab: &'a Lab) -> Self {
        Self { lab, filled: BTreeMap::new() }
    }

    /// Makes everything ready for a turn.
    pub(crate) fn turn(&mut self, scenario: Scenario, contestant: Contestant) -> Result<Turn<'a>> {
        let load = scenario.load();
        // The scenarios with a load follow each other. What the next ones need not find is no longer worth its room.
        self.filled.retain(|(other, ..), _| *other == load);
        let encrypted = contestant.encrypts(scenario);
        let place = if scenario.is_down() {
            self.filled_by(scenario, Contestant::Rclone, encrypted)
                .context("cannot fill the bucket to restore")?
        } else if scenario.is_repeated() {
            self.filled_by(scenario, contestant.follows(), encrypted).context("the first sync went wrong")?
        } else {
            Rc::new(Place::new(self.lab, scenario, encrypted)?)
        };
        let changes = scenario == Scenario::OneChanged && contestant != Contestant::OursNoOp;
        let changed = changes.then(|| self.lab.input(load)?.change()).transpose()?;
        let down = scenario.is_down().then(|| Down::new(self.lab, load)).transpose()?;
        Ok(Turn { lab: self.lab, scenario, contestant, place, changed, down })
    }

    /// A place with the input in it, put there by a contestant the first time that it is asked for.
    fn filled_by(
        &mut self,
        scenario: Scenario,
        contestant: Contestant,
        encrypted: bool,
    ) -> Result<Rc<Place<'a>>> {
        let key = (scenario.load(), contestant, encrypted);
        if let Some(place) = self.filled.get(&key) {
            return Ok(Rc::clone(place));
        }
        let how = if encrypted { ", encrypted" } else { "" };
        eprintln!("{scenario}: filling a remote with {contestant}{how} …");
        let place = Rc::new(Place::new(self.lab, scenario, encrypted)?);
        let turn = Turn {
            lab: self.lab,
            scenario: scenario.way_up(),
            contestant,
            place: Rc::clone(&place),
            changed: None,
            down: None,
        };
        turn.play(Route::Direct)?;
        if scenario.is_repeated() && contestant.is_ours() && !scenario.is_local() {
            // What we remember of a server belongs to its address: the one of the proxy is another.
            turn.play(Route::Counted)?;
        }
        self.filled.insert(key, Rc::clone(&place));
        Ok(place)
    }
}
