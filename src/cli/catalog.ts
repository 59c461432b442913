import type { Command } from 'commander'

/** `skillkeeper catalog …`: help for those who write a catalog file. */
export function addCatalogCommands(program: Command): void {
  const catalog = program
    .command('catalog')
    .description('Help for those who write a catalog file.')
    .helpCommand(false)
  catalog
    .command('schema')
    .description('Print the JSON Schema of the catalog file.')
    .action(async () => {
      const { catalogSchema } = await import('../app/catalog-file.ts')
      process.stdout.write(catalogSchema())
    })
  catalog
    .command('check')
    .argument('<FILE>', 'A catalog file.')
    .description('Check a catalog file: every problem with its place. Exit code 1 if there is one.')
    .action(async (file: string) => {
      const { checkCatalogFile } = await import('../app/catalog-file.ts')
      const { problems, notes } = checkCatalogFile(file)
      for (const line of [...problems, ...notes]) process.stderr.write(`${line}\n`)
      if (problems.length > 0) process.exitCode = 1
      else process.stdout.write(`${file} is a good catalog.\n`)
    })
}
