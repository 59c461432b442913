import password from '@inquirer/password'
import { wrongUsage } from './command-error.ts'

/**
 * Asks for a secret at the terminal, and shows nothing of it. Throws a CommandError where there is no terminal, with what
 * else to do.
 */
export async function askSecret(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw wrongUsage(
      `${question.replace(/:$/, '')} is missing, and there is no terminal to ask at. ${otherwise}`,
    )
  // The answer on standard output belongs to the command.
  return await password({ message: question, mask: '*', toggleMask: false }, { output: process.stderr })
}
