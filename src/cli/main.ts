/** The command line. What a command needs is loaded only when it is called. */
import { Command, CommanderError } from 'commander'
import { exitCodes, StartError } from '../app/start-error.ts'
import { addCatalogCommands } from './catalog.ts'
import { addExportCommand } from './export.ts'
import { addImportCommand } from './import.ts'
import { addServeCommand } from './serve.ts'
import { readVersion } from './version.ts'

const program = new Command('skillkeeper')
  .description('The Alexa Skill Management API as software that you can run. Not affiliated with Amazon.')
  .version(readVersion(), '--version', 'Print the version.')
  .helpOption('--help', 'Print this help.')
  .helpCommand('help [COMMAND]', 'Print the help of a command.')
  .usage('COMMAND [OPTIONS]')
  .addHelpText('before', 'Example: skillkeeper serve --port 0 --data :memory:\n')
  .showHelpAfterError('(skillkeeper --help tells the commands.)')
  .exitOverride()
addServeCommand(program)
addCatalogCommands(program)
addExportCommand(program)
addImportCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = explain(error)
}

/** Tells what went wrong, unless the parser has done so, and gives the exit code. */
function explain(error: unknown): number {
  // The parser has printed a help or a version that was asked for, or what was wrong with the arguments.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
  if (error instanceof StartError) {
    process.stderr.write(`skillkeeper: ${error.message}\n`)
    return exitCodes[error.kind]
  }
  process.stderr.write(`skillkeeper: ${error instanceof Error ? error.stack : error}\n`)
  return exitCodes.failure
}
