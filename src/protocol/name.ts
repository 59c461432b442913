/**
 * The characters of a name for people: no control characters, and no invisible ones that change the direction of a text
 * or have no width. Two names that look the same are then equal.
 */
export const namePattern =
  '^[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]*$'

/** The end of the description of a name. */
export const nameRule = '1 to 250 characters, none of them a control character or invisible.'
