/** The kinds, names and allowed values of settings. settings.ts lists the settings. */

interface SettingText {
  /** One or two sentences, without the default and the limits: those are added from the table. */
  readonly doc: string
  /** Stands for the value in the help: `--port PORT`. */
  readonly placeholder: string
  /** Shown in the place of the default of a setting without one. */
  readonly unset?: string
  /** Not a flag, since everybody on the machine can read the flags of a process. */
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

/** A form that a text must have: how the reference names it, and whether a text has it. */
export interface TextForm {
  readonly name: string
  fits(text: string): boolean
  /** What is wrong with one that has it not, in sentences that show nothing of it: it may hold a secret, and is not shown. */
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

/** The name in the configuration file and, behind two hyphens, of the flag. The unit of the value is left out. */
export function settingName(key: string): string {
  return key.replace(/(Ms|Bytes)$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The environment variable of the setting with that name. */
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

/** Whether the value is one that the setting may have. */
export function isAllowed(setting: Setting, value: unknown): boolean {
  if (setting.type === 'flag') return typeof value === 'boolean'
  if (setting.type === 'integer') {
    return Number.isSafeInteger(value) && Number(value) >= setting.minimum && Number(value) <= setting.maximum
  }
  if (typeof value !== 'string' || value === '') return false
  if (setting.values) return setting.values.includes(value)
  return setting.form?.fits(value) ?? true
}
