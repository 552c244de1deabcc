import { open, partly, type Row, shown } from './rows.ts'

/** Files. */
export const v05: readonly Row[] = [
  shown('5.1.1', 'which files are taken is written down', 'fileKinds', 'fileNames'),
  shown('5.2.1', 'bodies have a largest size', 'tooLarge', 'unfolding', 'bombs', 'fileTooLarge'),
  shown('5.2.2', 'files are what they say', 'fileKinds', 'notAPicture'),
  shown('5.2.3', 'compressed files are measured first', 'archiveBomb', 'archiveSays'),
  partly(
    '5.2.4',
    'how much a person may store',
    'files that are attached to nothing; no sum over findings',
    'looseFiles',
  ),
  shown('5.2.5', 'links inside archives', 'archiveLink'),
  shown('5.2.6', 'pictures of too many points', 'pictureBomb'),
  shown('5.3.1', 'uploaded files do not run', 'filesNeverRun', 'fileHeaders'),
  partly(
    '5.3.2',
    'paths are made of own ids',
    'the platform’s keys and static files; documents are stored by id, untested',
    'spelledPath',
  ),
  shown('5.3.3', 'paths inside archives', 'archivePaths'),
  partly(
    '5.4.1',
    'downloads have a name of ours',
    'attachments and the verifier’s two files; not each download',
    'download',
    'fileHeaders',
  ),
  partly(
    '5.4.2',
    'names of files are encoded',
    'attachments and the verifier’s two files; not each download',
    'download',
    'fileNameHeader',
  ),
  open('5.4.3', 'virus scanning', 'hostile files are the trade here: none is opened unasked (decision 0047)'),
]
