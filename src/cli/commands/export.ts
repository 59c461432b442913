import type { Command } from 'commander'
import { showRecords, startProgress } from '../terminal/progress.ts'
import { addStorageOptions, storageFlags } from './storage-options.ts'

/** `skillkeeper export FILE`: writes a consistent copy of all stored records. */
export function addExportCommand(program: Command): void {
  const command = program
    .command('export')
    .argument('<FILE>', 'The file to write, or - for standard output.')
    .description('Write all records to a file, also while the service runs.')
    .addHelpText('before', 'Example: skillkeeper export --data skillkeeper-data backup.jsonl\n')
    .addHelpText(
      'after',
      '\nSecrets stay sealed: keep the sealing key too. Exit codes: 0 done, 1 failure, 2 wrong usage, 4 storage cannot be opened.',
    )
    .action(async (file: string, _options: unknown, self: Command) => {
      const { exportStorage, storagePlace } = await import('../../app/move-storage.ts')
      const progress = startProgress()
      const place = storagePlace(storageFlags(self))
      const records = await exportStorage(place, file, showRecords(progress)).finally(progress.end)
      process.stderr.write(
        `Exported all ${records} records. Their secrets can be opened only with the sealing key.\n`,
      )
    })
  addStorageOptions(command)
}
