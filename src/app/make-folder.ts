/** For the files of the user, which the command line keeps: one way to make a folder, for all. */
export { makeFolder } from '../storage/sqlite/make-folder.ts'
