/** The command line. A module that only one command needs is loaded when that command runs. */
import { Command } from 'commander'
import { hideAddresses } from '../app/log/hide-addresses.ts'
import { addServeCommand } from './commands/serve.ts'
import { readVersion } from './version.ts'

const program = new Command('skillkeeper')
  .description('The Alexa Skill Management API as software that you can run. Not affiliated with Amazon.')
  .version(readVersion(), '--version', 'Print the version.')
  .helpOption('--help', 'Print this help.')
  .helpCommand('help [COMMAND]', 'Print the help of a command.')
  .usage('COMMAND [OPTIONS]')
  .addHelpText('before', 'Example: skillkeeper serve --port 0 --data :memory:\n')
  .showHelpAfterError('(skillkeeper --help shows the commands.)')
  .exitOverride()
  // The parser quotes unknown arguments, which may contain an address with a password.
  .configureOutput({ writeErr: (text) => void process.stderr.write(hideAddresses(text)) })

try {
  addServeCommand(program)
  // `serve` starts faster without the other commands.
  if (process.argv[2] !== 'serve') {
    const { allowClosedOutput } = await import('./terminal/closed-output.ts')
    allowClosedOutput()
    const { addOtherCommands } = await import('./commands/other-commands.ts')
    addOtherCommands(program)
  }
  await program.parseAsync()
} catch (error) {
  const { explain } = await import('./service/explain.ts')
  const { exitCode, message } = explain(error)
  const { printableLines } = await import('../app/log/printable.ts')
  if (message !== undefined) process.stderr.write(`skillkeeper: ${printableLines(hideAddresses(message))}\n`)
  process.exitCode = exitCode
}
