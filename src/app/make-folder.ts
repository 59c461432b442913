/** Creates folders for the files of the command line, in the same way as data folders. */
export { makeFolder } from '../storage/sqlite/make-folder.ts'
