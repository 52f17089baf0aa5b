import { nextOfBusybox, takenByBusybox } from './busybox-wget.ts'
import type { ClientProgram } from './client.ts'
import { curl } from './curl.ts'
import { dig } from './dig.ts'
import { nextOfGnu, takenByGnu } from './gnu-wget.ts'
import { getent, nslookup } from './lookups.ts'
import { netcat } from './netcat.ts'

/** `wget`: busybox's in its images, GNU's elsewhere. */
const wget: ClientProgram = {
  usage:
    'wget [-qS] [-O FILE] [-P DIRECTORY] [-T SECONDS] [-t TRIES] [--spider] [--header HEADER] [--post-data DATA] URL…',
  next: (call) => (call.isBusybox ? nextOfBusybox(call) : nextOfGnu(call)),
  take: (call, answer) =>
    call.isBusybox ? takenByBusybox(call, answer) : takenByGnu(call, answer),
}

/** The programs of the shell that ask servers, or look names up, by name. */
export const clients: Readonly<Record<string, ClientProgram>> = {
  curl,
  dig,
  nc: netcat,
  wget,
  nslookup,
  getent,
}
