# A call through LiteLLM with its OpenMeter callback, both unmodified; the model's answer is a stub.
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm

litellm.callbacks = ["openmeter"]
response = litellm.completion(
    model="gpt-4o",
    messages=[{"role": "user", "content": "hello"}],
    mock_response="hello",
    user=os.environ["CALL_USER"],
)
# The callback runs in a thread of a pool, for which the interpreter waits when it ends.
print(response.id, response.usage.prompt_tokens, response.usage.completion_tokens)
