/**
 * What a name for people may be made of: no control characters, and none of the invisible ones that change the direction
 * of a text or have no width, so that two names which look the same are the same.
 */
export const namePattern =
  '^[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]*$'

/** The end of a description. */
export const nameRule = '1 to 250 characters, none of them a control character or invisible.'
