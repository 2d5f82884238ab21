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
    /// Where a contestant has synced before, encrypted or not.
    filled: BTreeMap<(Contestant, bool), Rc<Place<'a>>>,
}

impl<'a> Stage<'a> {
    /// A scenario of which nothing is set up yet.
    pub(crate) fn new(lab: &'a Lab, scenario: Scenario) -> Self {
        Self { lab, scenario, filled: BTreeMap::new() }
    }

    /// Makes everything ready for a turn.
    pub(crate) fn turn(&mut self, contestant: Contestant) -> Result<Turn<'a>> {
        let encrypted = contestant.encrypts(self.scenario);
        let place = if self.scenario.is_down() {
            self.filled_by(Contestant::Rclone, encrypted).context("cannot fill the bucket to restore")?
        } else if self.scenario.is_repeated() {
            self.filled_by(contestant, encrypted).context("the first sync went wrong")?
        } else {
            Rc::new(Place::new(self.lab, encrypted)?)
        };
        if self.scenario == Scenario::OneChanged {
            self.lab.input(self.scenario.load())?.change()?;
        }
        let down = self.scenario.is_down().then(|| Down::new(self.lab, self.scenario.load())).transpose()?;
        Ok(Turn { lab: self.lab, scenario: self.scenario, contestant, place, down })
    }

    /// A place with the input in it, put there by a contestant the first time that it is asked for.
    fn filled_by(&mut self, contestant: Contestant, encrypted: bool) -> Result<Rc<Place<'a>>> {
        if let Some(place) = self.filled.get(&(contestant, encrypted)) {
            return Ok(Rc::clone(place));
        }
        let how = if encrypted { ", encrypted" } else { "" };
        eprintln!("{}: filling a bucket with {contestant}{how} …", self.scenario);
        let place = Rc::new(Place::new(self.lab, encrypted)?);
        let scenario = self.scenario.way_up();
        let turn = Turn { lab: self.lab, scenario, contestant, place: Rc::clone(&place), down: None };
        turn.play(Route::Direct)?;
        if self.scenario.is_repeated() {
            // What is remembered of a server belongs to its address: the one of the proxy is another.
            turn.play(Route::Counted)?;
        }
        self.filled.insert((contestant, encrypted), Rc::clone(&place));
        Ok(place)
    }
}
