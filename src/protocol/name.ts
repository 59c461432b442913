/**
 * What a name for people may be made of: no control characters, and none of the invisible ones that change the direction
 * of a text or have no width, so that two names which look the same are the same. Within other scripts than Latin, a
 * joiner or non-joiner belongs to the spelling between two letters.
 */
const forbidden =
  '\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff'
const joiners = '\\u200c\\u200d'
const visible = `[^${forbidden}${joiners}]`
const notLatin = `[^\\u0000-\\u007f${forbidden}${joiners}]`

export const namePattern = `^(?:${visible}|${notLatin}(?:[${joiners}]${notLatin})+)*$`

/** The end of a description. */
export const nameRule = '1 to 250 characters, none of them a control character or invisible.'
