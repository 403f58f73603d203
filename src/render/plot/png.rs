//! The picture as PNG: the same SVG, rasterised with a font of its own.

use std::sync::Arc;

/// DejaVu Sans without hints and with Latin, Greek and a few signs; its licence lies beside it.
const FONTS: [&[u8]; 2] = [
    include_bytes!("font/DejaVuSans-Plot.ttf"),
    include_bytes!("font/DejaVuSans-Bold-Plot.ttf"),
];
const FAMILY: &str = "DejaVu Sans";
/// Pixels of a picture at most: 400 MB while it is drawn.
pub(super) const MOST_PIXELS: u64 = 100_000_000;

/// Why a picture could not be drawn.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PngError {
    /// Too many pixels.
    #[error("a picture of {0} x {1} pixels is too large: 100 million are the most")]
    TooLarge(u32, u32),
    /// The renderer refused it.
    #[error("the picture could not be drawn: {0}")]
    Failed(String),
}

/// Draws an SVG of [`super::render`], in one theme, `scale` pixels to one of its own.
pub fn rasterise(svg: &str, scale: u32) -> Result<Vec<u8>, PngError> {
    let mut options = resvg::usvg::Options {
        font_family: FAMILY.to_owned(),
        ..resvg::usvg::Options::default()
    };
    let fonts = Arc::make_mut(&mut options.fontdb);
    for font in FONTS {
        fonts.load_font_data(font.to_vec());
    }
    let failed = |e: resvg::usvg::Error| PngError::Failed(e.to_string());
    let tree = resvg::usvg::Tree::from_str(svg, &options).map_err(failed)?;
    let size = tree.size().to_int_size();
    let (width, height) = (
        size.width().saturating_mul(scale),
        size.height().saturating_mul(scale),
    );
    let too_large = PngError::TooLarge(width, height);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(too_large);
    }
    let Some(mut pixels) = resvg::tiny_skia::Pixmap::new(width, height) else {
        return Err(too_large);
    };
    let scale = scale as f32;
    let transform = resvg::tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels
        .encode_png()
        .map_err(|e| PngError::Failed(e.to_string()))
}
