/** The kinds, names and allowed values of settings. settings.ts lists the settings. */

interface SettingText {
  /** One or two sentences without the default and the limits, which come from the table. */
  readonly doc: string
  /** The name of the value in the help: `--port PORT`. */
  readonly placeholder: string
  /** Shown in the place of the default of a setting without one. */
  readonly unset?: string
  /** A secret is not a flag: everybody on the machine can read the flags of a process. */
  readonly secret?: true
}

export interface IntegerSetting extends SettingText {
  readonly type: 'integer'
  readonly minimum: number
  readonly maximum: number
  readonly default: number
}

export interface TextSetting extends SettingText {
  readonly type: 'string'
  readonly default?: string
  readonly values?: readonly string[]
  readonly form?: TextForm
}

/** The form of a text: its description in the reference, and its check. */
export interface TextForm {
  readonly name: string
  fits(text: string): boolean
  /** Describes what is wrong with an invalid text without quoting it, because it may contain a secret. */
  problem?(text: string): string
}

/** On or off. */
export interface FlagSetting extends Omit<SettingText, 'placeholder'> {
  readonly type: 'flag'
  readonly default: false
  readonly placeholder?: undefined
  readonly values?: undefined
}

export type Setting = IntegerSetting | TextSetting | FlagSetting

/** Returns the name in the configuration file and of the flag (after two hyphens), without the unit of the value. */
export function settingName(key: string): string {
  return key.replace(/(Ms|Bytes)$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** Returns the environment variable of the setting with that name. */
export function environmentName(name: string): string {
  return `SKILLKEEPER_${name.toUpperCase().replaceAll('-', '_')}`
}

/** Describes the allowed values, to follow "allowed:". */
export function allowedValues(setting: Setting): string {
  if (setting.type === 'flag') return 'true or false'
  if (setting.type === 'integer') return `a whole number from ${setting.minimum} to ${setting.maximum}`
  if (setting.values) return `one of ${setting.values.join(', ')}`
  return setting.form?.name ?? 'a text that is not empty'
}

/** Whether the setting allows the value. */
export function isAllowed(setting: Setting, value: unknown): boolean {
  if (setting.type === 'flag') return typeof value === 'boolean'
  if (setting.type === 'integer') {
    return Number.isSafeInteger(value) && Number(value) >= setting.minimum && Number(value) <= setting.maximum
  }
  if (typeof value !== 'string' || value === '') return false
  if (setting.values) return setting.values.includes(value)
  return setting.form?.fits(value) ?? true
}
