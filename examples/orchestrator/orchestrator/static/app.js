// The page of the API. Tokens live in memory only: a reload means a new login.

const byId = (id) => document.getElementById(id);
let tokens = null;

class ApiError extends Error {}

async function call(method, path, body, retried = false) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (tokens) headers.Authorization = `Bearer ${tokens.access_token}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new ApiError("The service cannot be reached.");
  }
  if (response.status === 401 && tokens && !retried && (await renew())) {
    return call(method, path, body, true);
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(explain(answer, response.status));
  return answer;
}

function explain(problem, status) {
  const details = (problem?.errors ?? []).map((entry) => `${entry.field}: ${entry.message}`);
  return [problem?.detail ?? `The service answered ${status}.`, ...details].join(" ");
}

async function renew() {
  const refresh_token = tokens.refresh_token;
  tokens = null;
  try {
    tokens = await call("POST", "/api/auth/refresh", { refresh_token });
    return true;
  } catch {
    return false;
  }
}

function fill(list, lines) {
  list.replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }),
  );
}

async function showHealth() {
  const response = await fetch("/api/health").catch(() => null);
  const health = response && (await response.json().catch(() => null));
  byId("health").textContent = health
    ? `Service: ${health.status}, version ${health.version}`
    : "The service cannot be reached.";
}

async function showAccount() {
  let user = null;
  let models = [];
  try {
    if (tokens || !(await call("GET", "/api/version")).login_required) {
      user = await call("GET", "/api/users/me");
      models = (await call("GET", "/api/available-models")).models;
    }
  } catch {
    tokens = null;
  }
  byId("account").textContent = user ? `Signed in as ${user.email}` : "Log in to ask.";
  byId("login").hidden = user !== null;
  byId("logout").hidden = tokens === null;
  fill(
    byId("models"),
    models.map((model) => `${model.id}${model.available ? "" : " (not answering)"}`),
  );
}

async function guarded(form, action) {
  byId("error").textContent = "";
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  try {
    await action();
  } catch (error) {
    byId("error").textContent = error instanceof ApiError ? error.message : "Something failed.";
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
}

byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const account = Object.fromEntries(new FormData(form));
  guarded(form, async () => {
    if (event.submitter?.value === "register") await call("POST", "/api/auth/register", account);
    tokens = await call("POST", "/api/auth/login", account);
    form.reset();
    await showAccount();
  });
});

byId("logout").addEventListener("click", async () => {
  await call("POST", "/api/auth/logout").catch(() => null);
  tokens = null;
  await showAccount();
});

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = Object.fromEntries(new FormData(event.target));
  guarded(event.target, async () => {
    const analysis = await call("POST", "/api/analyze", question);
    byId("text").textContent = analysis.answer;
    fill(
      byId("sources"),
      analysis.providers.map((entry) => `${entry.provider}: ${entry.error ?? "answered"}`),
    );
    byId("answer").hidden = false;
  });
});

await Promise.all([showHealth(), showAccount()]);
