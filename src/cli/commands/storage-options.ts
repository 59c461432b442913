/** The options of the commands that open a storage without the service. */
import type { Command } from 'commander'
import { configSetting, settingTable } from '../../app/settings/settings.ts'

/** Adds the options, which have the same names as those of `serve`. */
export function addStorageOptions(command: Command): void {
  command
    .option('--data <DIR>', `The data folder. Default: ${settingTable.data.default}.`)
    .option(
      '--database-url <URL>',
      'The PostgreSQL database. Default: SKILLKEEPER_DATABASE_URL, otherwise the folder.',
    )
    .option('--config <FILE>', configSetting.doc)
}

/** The flags of the command by their names. */
export function storageFlags(command: Command): Record<string, string | undefined> {
  const { data, databaseUrl, config } = command.opts<Record<string, string | undefined>>()
  return { data, 'database-url': databaseUrl, config }
}
