import type { NextFunction, Request, Response } from 'express';

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The OpenAPI page carries its styles inline. */
const DOCS_POLICY = `${PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")}; font-src data:`;

/** What every answer says to browsers: nothing from elsewhere, no frames, no guessing of types. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Content-Security-Policy', request.path.startsWith('/docs') ? DOCS_POLICY : PAGE_POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('X-Eupnea-Investigational', 'true');
  if (request.path.startsWith('/v1')) response.setHeader('Cache-Control', 'no-store');
  next();
}
