//! Words to an expression: what is joined by `and`, `or` and `not`, and what is compared with what.

use super::error::Wrong;
use super::lex::{Sign, Token, TokenKind, lex};
use std::ops::Range;

/// Octets of an expression.
const LONGEST: usize = 8192;
/// Brackets and `not` within each other.
const DEEPEST: usize = 60;
/// Comparisons of an expression.
pub(super) const MOST_TESTS: usize = 200;
/// Values of a list.
const MOST_VALUES: usize = 1000;

/// An expression as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Any(Vec<Expr>),
    All(Vec<Expr>),
    Not(Box<Expr>),
    Test(Written),
}

/// One condition as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written {
    pub(super) path: Path,
    /// `count(path)`.
    pub(super) is_count: bool,
    pub(super) asks: Asks,
    /// The sign, or all of it where there is none.
    pub(super) at: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asks {
    /// That it is true.
    Itself,
    Compare(Sign, Literal),
    In {
        values: Vec<Literal>,
        negated: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Literal {
    pub(super) value: Value,
    pub(super) at: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// With its unit; empty where none was written.
    Number(f64, String),
    Class(u8),
    Text(String),
    Flag(bool),
    Null,
}

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Expr, Wrong> {
    if text.len() > LONGEST {
        let what = format!("an expression has {LONGEST} octets at most");
        return Err(Wrong::new(LONGEST..LONGEST, what));
    }
    let mut parser = Parser {
        tokens: lex(text)?,
        next: 0,
        depth: 0,
        tests: 0,
    };
    if parser.peek() == &TokenKind::End {
        return Err(parser.wrong("the expression is empty: write what is to hold"));
    }
    let expr = parser.any()?;
    match parser.peek() {
        TokenKind::End => Ok(expr),
        TokenKind::Close => Err(parser.wrong("no '(' was opened for this")),
        TokenKind::Path(word) => Err(match instead(word) {
            Some(what) => parser.wrong(what),
            None => parser.wrong("'and' or 'or' is missing before this"),
        }),
        _ => Err(parser.wrong("'and' or 'or' is missing before this")),
    }
}

/// How other languages write a comparison.
fn instead(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "eq" | "is" | "equals" => "a comparison is written '=='",
        "ne" => "unequal is written '!='",
        "gt" => "more is written '>'",
        "ge" => "at least is written '>='",
        "lt" => "less is written '<'",
        "le" => "at most is written '<='",
        "contains" | "matches" | "like" => "text is searched with '~'",
        _ => return None,
    })
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    tests: usize,
}

impl Parser {
    fn peek(&self) -> &TokenKind {
        self.tokens
            .get(self.next)
            .map_or(&TokenKind::End, |t| &t.kind)
    }

    fn at(&self) -> Range<usize> {
        let at = self.next.min(self.tokens.len().saturating_sub(1));
        self.tokens.get(at).map_or(0..0, |t| t.at.clone())
    }

    fn wrong(&self, what: impl Into<String>) -> Wrong {
        Wrong::new(self.at(), what)
    }

    fn take(&mut self) -> (TokenKind, Range<usize>) {
        let at = self.at();
        let kind = self.peek().clone();
        self.next += 1;
        (kind, at)
    }

    fn takes(&mut self, kind: &TokenKind) -> bool {
        let is = self.peek() == kind;
        self.next += usize::from(is);
        is
    }

    fn any(&mut self) -> Result<Expr, Wrong> {
        let mut parts = vec![self.all()?];
        while self.takes(&TokenKind::Or) {
            parts.push(self.all()?);
        }
        Ok(single(parts, Expr::Any))
    }

    fn all(&mut self) -> Result<Expr, Wrong> {
        let mut parts = vec![self.one()?];
        while self.takes(&TokenKind::And) {
            parts.push(self.one()?);
        }
        Ok(single(parts, Expr::All))
    }

    fn one(&mut self) -> Result<Expr, Wrong> {
        if matches!(self.peek(), TokenKind::Not | TokenKind::Open) {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(self.wrong(format!("more than {DEEPEST} brackets within each other")));
            }
            let inner = match self.take().0 {
                TokenKind::Not => Expr::Not(Box::new(self.one()?)),
                _ => {
                    let inner = self.any()?;
                    if !self.takes(&TokenKind::Close) {
                        return Err(match self.peek() {
                            TokenKind::End => self.wrong("a ')' is missing"),
                            _ => self.wrong("'and', 'or' or ')' is missing before this"),
                        });
                    }
                    inner
                }
            };
            self.depth -= 1;
            return Ok(inner);
        }
        self.tests += 1;
        if self.tests > MOST_TESTS {
            return Err(self.wrong(format!("more than {MOST_TESTS} comparisons")));
        }
        self.test().map(Expr::Test)
    }

    fn test(&mut self) -> Result<Written, Wrong> {
        let (first, at) = self.take();
        let path = match first {
            TokenKind::Path(text) => Path { text, at },
            TokenKind::End => return Err(Wrong::new(at, "a condition is missing here")),
            other => return self.exchanged(other, at),
        };
        let (path, is_count) = match self.peek() {
            TokenKind::Open => (self.counted(&path)?, true),
            _ => (path, false),
        };
        let at = self.at();
        let asks = match self.peek().clone() {
            TokenKind::Sign(sign) => {
                self.next += 1;
                Asks::Compare(sign, self.literal()?)
            }
            TokenKind::In => self.list(false)?,
            TokenKind::Not if matches!(self.tokens.get(self.next + 1), Some(t) if t.kind == TokenKind::In) =>
            {
                self.next += 1;
                self.list(true)?
            }
            TokenKind::Path(word) if instead(&word).is_some() => {
                return Err(self.wrong(instead(&word).unwrap_or_default()));
            }
            _ => {
                let at = path.at.clone();
                return Ok(Written {
                    path,
                    is_count,
                    asks: Asks::Itself,
                    at,
                });
            }
        };
        Ok(Written {
            path,
            is_count,
            asks,
            at,
        })
    }

    /// What stands in the brackets of `count(...)`.
    fn counted(&mut self, function: &Path) -> Result<Path, Wrong> {
        if function.text != "count" {
            let what = format!(
                "there is no function {}; there is count(...)",
                function.text
            );
            return Err(Wrong::new(function.at.clone(), what));
        }
        self.next += 1;
        let (inside, at) = self.take();
        let TokenKind::Path(text) = inside else {
            return Err(Wrong::new(at, "count(...) counts what a field holds"));
        };
        if !self.takes(&TokenKind::Close) {
            return Err(self.wrong("a ')' is missing behind what is counted"));
        }
        Ok(Path { text, at })
    }

    /// A value first: `200 < response_time_ms`.
    fn exchanged(&mut self, first: TokenKind, at: Range<usize>) -> Result<Written, Wrong> {
        self.next -= 1;
        let is_value = matches!(
            first,
            TokenKind::Number(..)
                | TokenKind::Class(_)
                | TokenKind::Text(_)
                | TokenKind::True
                | TokenKind::False
                | TokenKind::Null
        );
        if !is_value {
            return Err(Wrong::new(at, "a field is missing before this"));
        }
        let literal = self.literal()?;
        let sign_at = self.at();
        let sign = match self.peek() {
            TokenKind::Sign(sign) => sign.exchanged(),
            _ => None,
        };
        let Some(sign) = sign else {
            return Err(Wrong::new(
                at,
                "a field stands here, and the value behind it",
            ));
        };
        self.next += 1;
        let (TokenKind::Path(text), path_at) = self.take() else {
            return Err(Wrong::new(at, "one side of a comparison is a field"));
        };
        let path = Path { text, at: path_at };
        let (path, is_count) = match self.peek() {
            TokenKind::Open => (self.counted(&path)?, true),
            _ => (path, false),
        };
        Ok(Written {
            path,
            is_count,
            asks: Asks::Compare(sign, literal),
            at: sign_at,
        })
    }

    fn literal(&mut self) -> Result<Literal, Wrong> {
        let (kind, mut at) = self.take();
        let value = match kind {
            TokenKind::Number(value, mut unit) => {
                // `200 ms`
                if let TokenKind::Path(word) = self.peek()
                    && unit.is_empty()
                    && super::unit::is_unit(word)
                {
                    unit = word.clone();
                    at.end = self.at().end;
                    self.next += 1;
                }
                Value::Number(value, unit)
            }
            TokenKind::Class(digit) => Value::Class(digit),
            TokenKind::Text(text) => Value::Text(text),
            TokenKind::True => Value::Flag(true),
            TokenKind::False => Value::Flag(false),
            TokenKind::Null => Value::Null,
            TokenKind::Path(word) => {
                let what = format!(
                    "a value is missing here, and {word} is none; text stands in quotes: '{word}'"
                );
                return Err(Wrong::new(at, what));
            }
            TokenKind::OpenList => {
                return Err(Wrong::new(at, "a list stands behind 'in'"));
            }
            _ => return Err(Wrong::new(at, "a value is missing here")),
        };
        Ok(Literal { value, at })
    }

    fn list(&mut self, negated: bool) -> Result<Asks, Wrong> {
        self.next += 1;
        let close = match self.take() {
            (TokenKind::OpenList, _) => TokenKind::CloseList,
            (TokenKind::Open, _) => TokenKind::Close,
            (_, at) => {
                return Err(Wrong::new(at, "a list stands behind 'in': [401, 407]"));
            }
        };
        let mut values = Vec::new();
        loop {
            values.push(self.literal()?);
            if values.len() > MOST_VALUES {
                return Err(self.wrong(format!("a list has {MOST_VALUES} values at most")));
            }
            if self.takes(&close) {
                return Ok(Asks::In { values, negated });
            }
            if !self.takes(&TokenKind::Comma) {
                return Err(self.wrong("',' or the end of the list is missing before this"));
            }
        }
    }
}

fn single(mut parts: Vec<Expr>, many: impl Fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            parts.extend(last);
            many(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expression with all its brackets.
    fn shown(expr: &Expr) -> String {
        let joined = |parts: &[Expr], by: &str| {
            let parts: Vec<String> = parts.iter().map(shown).collect();
            format!("({})", parts.join(by))
        };
        match expr {
            Expr::Any(parts) => joined(parts, " or "),
            Expr::All(parts) => joined(parts, " and "),
            Expr::Not(inner) => format!("not {}", shown(inner)),
            Expr::Test(t) => {
                let path = match t.is_count {
                    true => format!("count({})", t.path.text),
                    false => t.path.text.clone(),
                };
                match &t.asks {
                    Asks::Itself => path,
                    Asks::Compare(sign, v) => format!("{path} {} {:?}", sign.as_str(), v.value),
                    Asks::In { values, negated } => {
                        format!("{path} in {} {negated}", values.len())
                    }
                }
            }
        }
    }

    fn read(text: &str) -> String {
        parse(text).map_or_else(|w| format!("{:?}: {}", w.at, w.what), |e| shown(&e))
    }

    #[test]
    fn not_binds_before_and_and_before_or() {
        assert_eq!(read("a or not b and c"), "(a or (not b and c))");
        assert_eq!(read("(a or b) and c"), "((a or b) and c)");
        assert_eq!(read("not a == 1"), "not a == Number(1.0, \"\")");
        assert_eq!(read("a || b && !c"), "(a or (b and not c))");
    }

    #[test]
    fn a_condition_is_a_field_a_sign_and_a_value_in_either_order() {
        assert_eq!(read("a > 2 ms"), "a > Number(2.0, \"ms\")");
        assert_eq!(read("3 < a"), "a > Number(3.0, \"\")");
        assert_eq!(read("2 <= count(b)"), "count(b) >= Number(2.0, \"\")");
        assert_eq!(
            read("a not in [1, 2] and b in ('x')"),
            "(a in 2 true and b in 1 false)"
        );
        assert_eq!(read("count(a.b) == 0"), "count(a.b) == Number(0.0, \"\")");
    }

    #[test]
    fn what_is_missing_is_said_where_it_is_missing() {
        for (text, said) in [
            ("", "0..0: the expression is empty: write what is to hold"),
            ("a ==", "4..4: a value is missing here"),
            ("a and", "5..5: a condition is missing here"),
            ("(a", "2..2: a ')' is missing"),
            ("a)", "1..2: no '(' was opened for this"),
            ("a b", "2..3: 'and' or 'or' is missing before this"),
            ("a contains 'b'", "2..10: text is searched with '~'"),
            (
                "a == busy",
                "5..9: a value is missing here, and busy is none; text stands in quotes: 'busy'",
            ),
            ("a in 5", "5..6: a list stands behind 'in': [401, 407]"),
            ("a == [1]", "5..6: a list stands behind 'in'"),
            (
                "a in [1 2]",
                "8..9: ',' or the end of the list is missing before this",
            ),
            (
                "sum(a) > 1",
                "0..3: there is no function sum; there is count(...)",
            ),
            ("count(1) > 1", "6..7: count(...) counts what a field holds"),
            ("> 5", "0..1: a field is missing before this"),
            ("5 > 4", "0..1: one side of a comparison is a field"),
        ] {
            assert_eq!(read(text), said, "{text}");
        }
    }

    #[test]
    fn nesting_length_and_number_of_comparisons_are_bounded() {
        let deep = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
        assert_eq!(read(&deep(DEEPEST)), "a");
        assert!(read(&deep(DEEPEST + 1)).contains("within each other"));
        assert!(read(&"not ".repeat(100_000)).contains("octets at most"));
        assert!(read(&"not ".repeat(2000)).contains("within each other"));
        let many = vec!["a"; MOST_TESTS + 1].join(" or ");
        assert!(read(&many).contains("comparisons"));
    }
}
