/* api.h -- the handlers behind the routes, one a route. Each makes an answer; see web.h for what it is given. */
#ifndef TELLTALE_DASHBOARD_API_H
#define TELLTALE_DASHBOARD_API_H

#include "dashboard/web.h"

/* sign_in.c */
void api_session(struct web_call *c);
void api_sign_in(struct web_call *c);
void api_setup(struct web_call *c);
void api_sign_out(struct web_call *c);
/* people.c */
void api_accounts(struct web_call *c);
void api_accounts_add(struct web_call *c);
void api_accounts_remove(struct web_call *c);
/* api_today.c */
void api_today(struct web_call *c);
void api_companies(struct web_call *c);
/* api_lists.c */
void api_devices(struct web_call *c);
void api_record(struct web_call *c);
void api_alerts(struct web_call *c);
void api_live(struct web_call *c);
/* api_export.c */
void api_export(struct web_call *c);
/* api_brief.c */
void api_brief(struct web_call *c);
/* api_sites.c */
void api_sites(struct web_call *c);
/* api_site.c */
void api_site(struct web_call *c);
bool site_asked(struct web_call *c, struct listed_site *out); /* ?site=; false after the error was sent */
/* api_company.c */
void api_company(struct web_call *c);
/* api_evidence.c */
void api_evidence(struct web_call *c);
/* api_recording.c */
void api_recording(struct web_call *c);
void api_recording_remove(struct web_call *c);
/* api_settings.c */
void api_settings(struct web_call *c);
void api_settings_ask(struct web_call *c);
/* api_health.c */
void api_health(struct web_call *c);
void api_notice(struct web_call *c);
void api_metrics(struct web_call *c);
/* pages.c */
void page_root(struct web_call *c);
void page_shell(struct web_call *c);
void page_sign_in(struct web_call *c);
void page_what_we_see(struct web_call *c);
void page_asset(struct web_call *c);

#endif
