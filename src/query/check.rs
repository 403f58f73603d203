//! What a condition asks of a value, checked against what the field holds.

use super::error::Wrong;
use super::fields::{Field, Shape};
use super::lex::Sign;
use super::moment;
use super::parse::{Asks, Literal, Value, Written};
use super::unit::Unit;
use crate::types::near::nearest;
use regex::{Regex, RegexBuilder};

/// Octets a compiled expression may take.
const REGEX_ROOM: usize = 1 << 20;

/// What a value is asked.
#[derive(Clone, Debug)]
pub(super) enum Check {
    /// It lies in one of these ranges, both ends included.
    Numbers(Vec<(f64, f64)>),
    /// It lies on one side of a number.
    Order(Order, f64),
    /// It is one of these.
    Words(Vec<String>),
    Matches(Regex),
    Flag(bool),
    /// It lies in one of these spans; the end is not part of it. As the report writes times, which have the order of
    /// their text.
    Times(Vec<(String, String)>),
    TimeOrder(Order, String),
    /// It is not known.
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    AtMost,
    More,
    AtLeast,
}

/// A value of a record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seen<'a> {
    Number(f64),
    Text(&'a str),
    Flag(bool),
    /// An object: it is there.
    Thing,
}

impl Order {
    fn of(sign: Sign) -> Option<Order> {
        Some(match sign {
            Sign::Less => Order::Less,
            Sign::AtMost => Order::AtMost,
            Sign::More => Order::More,
            Sign::AtLeast => Order::AtLeast,
            _ => return None,
        })
    }

    fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Order::Less => a < b,
            Order::AtMost => a <= b,
            Order::More => a > b,
            Order::AtLeast => a >= b,
        }
    }
}

impl Check {
    /// True where the value has what is asked; `Null` is asked elsewhere.
    pub(super) fn holds(&self, value: Seen<'_>) -> bool {
        match (self, value) {
            (Check::Numbers(ranges), Seen::Number(n)) => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&n))
            }
            (Check::Order(order, than), Seen::Number(n)) => order.holds(&n, than),
            (Check::Words(words), Seen::Text(text)) => words.iter().any(|w| w == text),
            (Check::Matches(regex), Seen::Text(text)) => regex.is_match(text),
            (Check::Flag(flag), Seen::Flag(is)) => *flag == is,
            (Check::Times(spans), Seen::Text(text)) => {
                let in_span =
                    |(from, to): &(String, String)| from.as_str() <= text && text < to.as_str();
                spans.iter().any(in_span)
            }
            (Check::TimeOrder(order, than), Seen::Text(text)) => order.holds(&text, &than.as_str()),
            _ => false,
        }
    }
}

/// What a condition asks of a field, and whether it asks for the contrary.
pub(super) fn check(written: &Written, field: &Field) -> Result<(Check, bool), Wrong> {
    let asked = Asked {
        written,
        field,
        name: match written.is_count {
            true => format!("count({})", written.path.text),
            false => written.path.text.clone(),
        },
    };
    if written.is_count && matches!(field.shape, Shape::Map(_)) {
        return Err(asked.more_than_one());
    }
    match &written.asks {
        Asks::Itself => asked.itself(),
        Asks::Compare(sign, literal) => asked.compare(*sign, literal),
        Asks::In { values, negated } => Ok((asked.one_of(values)?, *negated)),
    }
}

struct Asked<'a> {
    written: &'a Written,
    field: &'a Field,
    name: String,
}

impl Asked<'_> {
    fn itself(&self) -> Result<(Check, bool), Wrong> {
        let name = &self.name;
        if self.field.shape == Shape::Flag && !self.written.is_count {
            return Ok((Check::Flag(true), false));
        }
        let example = match self.written.is_count {
            true => format!("{name} > 0"),
            false => format!("{name} != null"),
        };
        Err(Wrong::new(
            self.written.path.at.clone(),
            format!("{name} is not true or false: say what it is compared with, as {example}"),
        ))
    }

    fn compare(&self, sign: Sign, literal: &Literal) -> Result<(Check, bool), Wrong> {
        let negated = matches!(sign, Sign::Unequal | Sign::MatchesNot);
        let is_equal = matches!(sign, Sign::Equal | Sign::Unequal);
        if literal.value == Value::Null {
            if !is_equal || self.written.is_count {
                let what = match self.written.is_count {
                    true => "a count is never unknown",
                    false => "null is compared with '==' or '!='",
                };
                return Err(Wrong::new(literal.at.clone(), what));
            }
            return Ok((Check::Null, negated));
        }
        if is_equal {
            return Ok((self.one_of(std::slice::from_ref(literal))?, negated));
        }
        let check = match Order::of(sign) {
            Some(order) => self.ordered(order, sign, literal)?,
            None => self.matched(sign, literal)?,
        };
        Ok((check, negated))
    }

    fn one_of(&self, literals: &[Literal]) -> Result<Check, Wrong> {
        let each = literals.iter();
        match self.shape() {
            Shape::Number => each
                .map(|l| self.number(l))
                .collect::<Result<_, _>>()
                .map(Check::Numbers),
            Shape::Text | Shape::Word(_) => each
                .map(|l| self.word(l))
                .collect::<Result<_, _>>()
                .map(Check::Words),
            Shape::Time => each
                .map(|l| self.time(l))
                .collect::<Result<_, _>>()
                .map(Check::Times),
            Shape::Flag => {
                let flags: Vec<bool> = each.map(|l| self.flag(l)).collect::<Result<_, _>>()?;
                match flags[..] {
                    [one] => Ok(Check::Flag(one)),
                    _ => Err(self.wrong("a list of true and false asks nothing".to_owned())),
                }
            }
            Shape::Object(_) | Shape::Map(_) => Err(self.more_than_one()),
        }
    }

    fn ordered(&self, order: Order, sign: Sign, literal: &Literal) -> Result<Check, Wrong> {
        let no_order = |what: &str| {
            let (name, sign) = (&self.name, sign.as_str());
            self.wrong(format!("{name} is {what}, which '{sign}' cannot compare"))
        };
        match self.shape() {
            Shape::Number => {
                let (from, to) = self.number(literal)?;
                match from == to {
                    true => Ok(Check::Order(order, from)),
                    false => Err(Wrong::new(
                        literal.at.clone(),
                        "a class of status codes is compared with '==', '!=' or 'in'",
                    )),
                }
            }
            Shape::Time => self
                .time(literal)
                .map(|(from, _)| Check::TimeOrder(order, from)),
            Shape::Text => Err(no_order("text")),
            Shape::Word(_) => Err(no_order("a word")),
            Shape::Flag => Err(no_order("true or false")),
            Shape::Object(_) | Shape::Map(_) => Err(self.more_than_one()),
        }
    }

    fn matched(&self, sign: Sign, literal: &Literal) -> Result<Check, Wrong> {
        match self.shape() {
            Shape::Text | Shape::Word(_) => {}
            Shape::Object(_) | Shape::Map(_) => return Err(self.more_than_one()),
            Shape::Number | Shape::Flag | Shape::Time => {
                let (name, sign) = (&self.name, sign.as_str());
                let what = self.what_it_is();
                return Err(self.wrong(format!("{name} is {what}, and '{sign}' searches text")));
            }
        }
        let Value::Text(pattern) = &literal.value else {
            return Err(Wrong::new(
                literal.at.clone(),
                "a regular expression stands in quotes",
            ));
        };
        let built = RegexBuilder::new(pattern)
            .size_limit(REGEX_ROOM)
            .dfa_size_limit(REGEX_ROOM)
            .build();
        built.map(Check::Matches).map_err(|error| {
            // Of several lines the last says what is wrong.
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default();
            let why = last.strip_prefix("error: ").unwrap_or(last);
            Wrong::new(
                literal.at.clone(),
                format!("this is no regular expression: {why}"),
            )
        })
    }

    /// What the value has: that of a count is a number.
    fn shape(&self) -> &Shape {
        match self.written.is_count {
            true => &Shape::Number,
            false => &self.field.shape,
        }
    }

    fn what_it_is(&self) -> &'static str {
        match self.shape() {
            Shape::Number => "a number",
            Shape::Text => "text",
            Shape::Word(_) => "a word",
            Shape::Flag => "true or false",
            Shape::Time => "a time",
            Shape::Object(_) | Shape::Map(_) => "an object",
        }
    }

    fn wrong(&self, what: String) -> Wrong {
        Wrong::new(self.written.at.clone(), what)
    }

    fn more_than_one(&self) -> Wrong {
        let name = &self.name;
        let what = match &self.field.shape {
            Shape::Object(inner) => {
                let names: Vec<String> = inner
                    .iter()
                    .take(4)
                    .map(|f| format!("{name}.{}", f.name))
                    .collect();
                format!(
                    "{name} holds several values: ask for one, as {}; only null compares with all of it",
                    names.join(", ")
                )
            }
            _ => {
                let path = &self.written.path.text;
                format!("{path} has values by key: ask for one, as {path}.KEY")
            }
        };
        Wrong::new(self.written.path.at.clone(), what)
    }

    /// A value of another type than the field has.
    fn other_type(&self, literal: &Literal) -> Wrong {
        let name = &self.name;
        let is = self.what_it_is();
        let what = match &literal.value {
            Value::Null => "null is asked for by '== null'".to_owned(),
            Value::Text(text) if is == "a number" && text.parse::<f64>().is_ok() => {
                format!("{name} is a number: leave out the quotes")
            }
            Value::Text(_) => format!("{name} is {is}, and this is text"),
            Value::Number(..) | Value::Class(_) if matches!(is, "text" | "a word") => {
                format!("{name} is {is}: put the value in quotes")
            }
            Value::Number(..) if is == "a time" => format!(
                "{name} is a time: write '2026-11-25T10:00'; seconds since the begin of the capture are messages.relative_time_s"
            ),
            Value::Number(..) => format!("{name} is {is}, and this is a number"),
            Value::Class(_) => format!("{name} is no status code"),
            Value::Flag(_) => format!("{name} is {is}, and not true or false"),
        };
        Wrong::new(literal.at.clone(), what)
    }

    /// The numbers that are meant, both ends included.
    fn number(&self, literal: &Literal) -> Result<(f64, f64), Wrong> {
        match &literal.value {
            Value::Number(value, unit) => {
                let value = match unit.is_empty() {
                    true => *value,
                    false => self.converted(*value, unit, literal)?,
                };
                Ok((value, value))
            }
            Value::Class(digit) if !self.written.is_count && self.is_status() => {
                let from = f64::from(*digit) * 100.0;
                Ok((from, from + 99.0))
            }
            _ => Err(self.other_type(literal)),
        }
    }

    fn is_status(&self) -> bool {
        self.field.name.ends_with("status") || self.field.name.ends_with("statuses")
    }

    fn converted(&self, value: f64, unit: &str, literal: &Literal) -> Result<f64, Wrong> {
        let own = self.field.unit.filter(|_| !self.written.is_count);
        let name = &self.name;
        let wrong = |what: String| Wrong::new(literal.at.clone(), what);
        match (Unit::named(unit), own) {
            (_, None) => Err(wrong(format!("{name} has no unit: leave out {unit}"))),
            (Some(from), Some(own)) if from.convert(value, own).is_some() => {
                Ok(from.convert(value, own).unwrap_or(value))
            }
            (from, Some(own)) => {
                let what = match from {
                    Some(_) => format!("{unit} does not fit {name}, which is in {}", own.name()),
                    None => format!("{unit} is no unit; {name} is in {}", own.name()),
                };
                Err(wrong(format!(
                    "{what}: units that fit are {}",
                    own.like().join(", ")
                )))
            }
        }
    }

    fn word(&self, literal: &Literal) -> Result<String, Wrong> {
        let Value::Text(text) = &literal.value else {
            return Err(self.other_type(literal));
        };
        let words = self.field.words();
        if words.is_empty() || words.contains(text) {
            return Ok(text.clone());
        }
        let near = nearest(text, words.iter().map(|w| (w.as_str(), w.as_str())));
        let near: Vec<String> = near.into_iter().map(|w| format!("'{w}'")).collect();
        let what = match near.is_empty() && words.len() <= 20 {
            true => format!(
                "{} is never '{text}'; it is one of {}",
                self.name,
                words.join(", ")
            ),
            false => format!("{} is never '{text}'", self.name),
        };
        Err(Wrong::new(literal.at.clone(), what).near(near))
    }

    fn time(&self, literal: &Literal) -> Result<(String, String), Wrong> {
        let Value::Text(text) = &literal.value else {
            return Err(self.other_type(literal));
        };
        moment::span(text).ok_or_else(|| {
            let what = "this is no time: write '2026-11-25', '2026-11-25T10:00' or '2026-11-25T10:00:05.25', in UTC or with an offset behind it as +02:00";
            Wrong::new(literal.at.clone(), what)
        })
    }

    fn flag(&self, literal: &Literal) -> Result<bool, Wrong> {
        match literal.value {
            Value::Flag(flag) => Ok(flag),
            _ => Err(self.other_type(literal)),
        }
    }
}
