import type { ExtraRequest, ExtraResponse, ExtraRoute } from '../apiserver/http/ports.ts';
import { inlineScriptHash, PageFiles } from './files.ts';

export const dashboardPath = '/dashboard';

/** The web page: files for anybody. What it shows comes over MQTT, to whom the broker lets in. */
export function dashboardRoutes(): ExtraRoute[] {
  const files = new PageFiles();
  const serve = (request: ExtraRequest): Promise<ExtraResponse> => answer(files, request);
  return [
    { method: 'GET', path: dashboardPath, anonymous: true, handle: serve },
    { method: 'GET', path: `${dashboardPath}/*`, anonymous: true, handle: serve },
  ];
}

async function answer(files: PageFiles, { path, ifNoneMatch }: ExtraRequest): Promise<ExtraResponse> {
  const name = path === dashboardPath ? 'index.html' : path.slice(dashboardPath.length + 1);
  const file = await files.get(name);
  if (!file) return { status: 404, contentType: 'text/plain', body: 'There is no such file.\n' };
  const cached = { ETag: file.etag, 'X-Content-Type-Options': 'nosniff' };
  if (ifNoneMatch === file.etag)
    return { status: 304, contentType: file.contentType, body: '', headers: cached };
  const policy = name === 'index.html' ? pagePolicy(file.body) : {};
  return { status: 200, contentType: file.contentType, body: file.body, headers: { ...cached, ...policy } };
}

/** Nothing but its own files and the broker beside it: what a pod writes to its log can never become a script. */
function pagePolicy(html: string): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      `script-src 'self' ${inlineScriptHash(html)}`,
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'self'",
      "form-action 'none'",
    ].join('; '),
    'Referrer-Policy': 'no-referrer',
  };
}
