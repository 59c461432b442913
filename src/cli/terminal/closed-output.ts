/** This folder handles the terminal: results, progress, prompts, interrupts and the errors that end a command. */

import { fileFault } from '../../app/file-fault.ts'
import { exitCodes } from './command-error.ts'

/**
 * Ends the command silently when standard output is closed early, as in `skillkeeper list … | head -1`. A closed standard
 * error does not end long work.
 */
export function allowClosedOutput(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit()
    process.stderr.write(`skillkeeper: The result cannot be written: ${fileFault(error)}.\n`)
    process.exit(exitCodes.failure)
  })
}
