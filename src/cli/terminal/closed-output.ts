import { fileFault } from '../../app/file-fault.ts'
import { exitCodes } from './command-error.ts'

/**
 * Standard output may close before the end, as that of `skillkeeper list … | head -1` does: whoever reads has had enough, and
 * the command ends in silence. Long work goes on when nobody reads what is told on standard error.
 */
export function allowClosedOutput(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit()
    process.stderr.write(`skillkeeper: The result cannot be written: ${fileFault(error)}.\n`)
    process.exit(exitCodes.failure)
  })
}
