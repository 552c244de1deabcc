import { none, open, partly, type Row, shown } from './rows.ts'

const noUploads = 'nobody uploads files yet'
/** Files. */
export const v05: readonly Row[] = [
  open('5.1.1', 'which files are taken is written down', noUploads),
  shown('5.2.1', 'bodies have a largest size', 'tooLarge', 'unfolding', 'bombs'),
  none('5.2.2', 'files are what they say', noUploads),
  none('5.2.3', 'compressed files are measured first', noUploads),
  none('5.2.4', 'how much a person may store', noUploads),
  none('5.2.5', 'links inside archives', noUploads),
  none('5.2.6', 'pictures of too many points', noUploads),
  none('5.3.1', 'uploaded files do not run', noUploads),
  partly(
    '5.3.2',
    'paths are made of own ids',
    'the platform’s keys and static files; documents are stored by id, untested',
    'spelledPath',
  ),
  none('5.3.3', 'paths inside archives', 'the server unpacks none; a backup is unpacked by the operator’s command'),
  partly('5.4.1', 'downloads have a name of ours', 'the verifier’s two files; not each download', 'download'),
  partly('5.4.2', 'names of files are encoded', 'the verifier’s two files; not each download', 'download'),
  none('5.4.3', 'virus scanning', noUploads),
]
