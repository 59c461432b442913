// Generates the table of settings for docs/operating.md from the table in src/app/settings/settings.ts.
import { allowedValues, environmentName, type Setting, settingName } from '../src/app/settings/setting.ts'
import { configSetting, settingKeys, settingTable } from '../src/app/settings/settings.ts'

export const begin = '<!-- settings: made by npm run settings -->'
export const end = '<!-- end of settings -->'

/** Returns the document with an up-to-date table of settings. */
export function withSettingsTable(document: string): string {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error('The document lacks the marks between which the settings stand.')
  return `${document.slice(0, from)}${begin}\n\n${settingsTable()}\n${document.slice(to)}`
}

function settingsTable(): string {
  const rows = [
    row('config', configSetting),
    ...settingKeys.map((key) => row(settingName(key), settingTable[key])),
  ]
  return `| option | variable | default | allowed | what it is |\n|---|---|---|---|---|\n${rows.join('')}`
}

function row(name: string, setting: Setting): string {
  const flag = setting.placeholder === undefined ? name : `${name} ${setting.placeholder}`
  const option = setting.secret ? `key \`${name}\` only` : `\`--${flag}\``
  const value = setting.default === undefined ? setting.unset : `\`${setting.default}\``
  return `| ${option} | \`${environmentName(name)}\` | ${value} | ${allowedValues(setting)} | ${setting.doc} |\n`
}
