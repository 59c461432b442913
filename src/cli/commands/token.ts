import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, openClient } from '../service/connection.ts'

/** `skillkeeper token`: prints an access token for another program. */
export function addTokenCommand(program: Command): void {
  const command = program
    .command('token')
    .description('Print an access token, for a script. It is valid for an hour.')
    .addHelpText(
      'before',
      'Example: curl -H "Authorization: Bearer $(skillkeeper token)" http://127.0.0.1:5337/…\n',
    )
  addConnectionOptions(command).action(async (options: ConnectionOptions) => {
    process.stdout.write(`${await (await openClient(options)).accessToken()}\n`)
  })
}
