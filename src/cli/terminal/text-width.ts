/** Measures and cuts text by its width at a terminal, where a Chinese letter and most emoji take two places. */

const graphemes = new Intl.Segmenter()
/** The wide characters. Source: Unicode, UAX #11. */
const twoPlaces =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]|\ufe0f/u
const noPlace = /^[\p{M}\u200b-\u200d\ufeff]+$/u

/** Each of these characters takes one place. Most texts have no others, and segmenting is slow. */
const onePlaceOnly = /^[\x20-\x7e…]*$/

/** The width in places. */
export function textWidth(text: string): number {
  if (onePlaceOnly.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += placesOf(segment)
  return width
}

/** The text, or its beginning with `…`, in at most `width` places. */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let kept = ''
  let left = width - 1
  for (const { segment } of graphemes.segment(text)) {
    left -= placesOf(segment)
    if (left < 0) break
    kept += segment
  }
  return width < 1 ? '' : `${kept.trimEnd()}…`
}

function placesOf(grapheme: string): number {
  if (noPlace.test(grapheme)) return 0
  return twoPlaces.test(grapheme) ? 2 : 1
}
