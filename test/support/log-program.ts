// Writes more lines to its log than a reader that is not reading leaves room for, and says when it has.
import { createLineWriter } from '../../src/app/log/line-writer.ts'

const log = createLineWriter(2)
process.on('exit', () => log.flush())
const line = `${'x'.repeat(99_999)}\n`
for (let count = 0; count < 60; count++) log.write(line)
process.stdout.write('written\n')
