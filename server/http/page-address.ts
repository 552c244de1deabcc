/** No page is called otherwise: copies of files that people leave behind (`/check.bak`, `/check~`) are not there. */
const pageAddress = /^(?:\/[\w-]*)+(?:\?|$)/
/** Below these an address is a file or none; everything else is a page. */
const filePaths = ['/api/', '/assets/', '/ledger/', '/verifier/']

/** Whether a request for this path, with its query, is answered with the application, which then knows the page or says that it is none. */
export const isPageAddress = (url: string): boolean =>
  pageAddress.test(url) && !filePaths.some((path) => url.startsWith(path))
