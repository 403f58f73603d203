//! What was meant by a word that is mistyped.

/// How many names are offered for one word.
const MOST: usize = 3;

/// How many letters to change, add or leave out (Levenshtein).
pub(crate) fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.bytes().zip(row.iter_mut().skip(1)) {
            let here = (*cell + 1)
                .min(left + 1)
                .min(diagonal + usize::from(x != y));
            diagonal = std::mem::replace(cell, here);
            left = here;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The names whose spelling is nearest to `word`, at most three, the nearest first: case and what is no letter or
/// digit do not count, and of three letters one may be wrong. Each candidate is a spelling and the name it stands for.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<&'a str> {
    let word = bare(word);
    let mut near: Vec<(usize, &str)> = candidates
        .filter_map(|(spelling, name)| {
            let spelling = bare(spelling);
            let longer = spelling.len().max(word.len());
            // Lengths that differ by more cannot be near: most names are not compared letter by letter.
            if spelling.len().abs_diff(word.len()) * 3 > longer {
                return None;
            }
            let edits = edits(&spelling, &word);
            (edits * 3 <= longer && edits < word.len()).then_some((edits, name))
        })
        .collect();
    near.sort_unstable();
    let best = near.first().map_or(0, |(edits, _)| *edits);
    near.retain(|(edits, _)| *edits <= best + 1);
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in near {
        if names.len() < MOST && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Letters and digits alone, in small letters.
fn bare(word: &str) -> String {
    let kept = word.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_near_to_what_was_meant_and_to_nothing_else() {
        let names = ["Asia/Ho_Chi_Minh", "Europe/Prague", "Asia/Bangkok"];
        let near = |word| {
            let cities = names.map(|n| (n.rsplit('/').next().unwrap(), n));
            let whole = names.map(|n| (n, n));
            nearest(word, whole.into_iter().chain(cities))
        };
        assert_eq!(near("HoChiMinh"), ["Asia/Ho_Chi_Minh"]);
        assert_eq!(near("asia/ho chi min"), ["Asia/Ho_Chi_Minh"]);
        assert_eq!(near("Pargue"), ["Europe/Prague"]);
        assert_eq!(near("Europe/Pargue"), ["Europe/Prague"]);
        assert_eq!(near("bangkog"), ["Asia/Bangkok"]);
        assert_eq!(near(""), Vec::<&str>::new());
        assert_eq!(near("Mars"), Vec::<&str>::new());
    }
}
