import type { Command } from 'commander'
import { showRecords, startProgress } from '../terminal/progress.ts'
import { addStorageOptions, storageFlags } from './storage-options.ts'

/** `skillkeeper import FILE`: imports an export into an empty storage, or continues an interrupted import. */
export function addImportCommand(program: Command): void {
  const command = program
    .command('import')
    .argument('<FILE>', 'A file of skillkeeper export, or - for standard input.')
    .description(
      'Fill an empty storage with an export. An interrupted import continues when it is started again.',
    )
    .option('--start-over', 'Discard the records of an incomplete import.', false)
    .addHelpText('before', 'Example: skillkeeper import --data new-folder backup.jsonl\n')
    .addHelpText(
      'after',
      '\nA service does not start on the storage before the import is complete. Exit codes: 0 done, 1 failure, 2 wrong usage, 4 storage cannot be opened.',
    )
    .action(async (file: string, { startOver }: { startOver: boolean }, self: Command) => {
      const { importStorage, storagePlace } = await import('../../app/move-storage.ts')
      const place = storagePlace(storageFlags(self))
      const progress = startProgress()
      const onProgress = showRecords(progress)
      const records = await importStorage(place, file, { startOver, onProgress }).finally(progress.end)
      process.stderr.write(
        `Imported all ${records} records. Start the service with the sealing key of the exported storage.\n`,
      )
    })
  addStorageOptions(command)
}
